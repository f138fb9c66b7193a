import { StockMovement, type StockCause, type StockLevel, type StockMove } from '../domain/stock.js';
import type { CatalogPorts } from './ports.js';

/** Writes a ledger line for each level that a move has just produced, so that the deltas keep adding up to it. */
export const recordMovements =
  ({ stock, newId, now }: Pick<CatalogPorts, 'stock' | 'newId' | 'now'>) =>
  async (moves: readonly StockMove[], levels: readonly StockLevel[], cause: StockCause): Promise<void> => {
    const at = now();
    const deltas = new Map(moves.map(({ productId, delta }) => [productId, delta]));
    await stock.record(
      levels.map((level) => StockMovement.of(newId(), level, deltas.get(level.productId) ?? 0, cause, at)),
    );
  };
