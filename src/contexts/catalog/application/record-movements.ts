import { stockDepleted } from '../domain/events.js';
import { StockMovement, type StockCause, type StockLevel, type StockMove } from '../domain/stock.js';
import type { CatalogPorts } from './ports.js';

/** Step: appends to the ledger, and appends an event for each product that has run out. */
export const enterInLedger =
  ({ stock, events }: Pick<CatalogPorts, 'stock' | 'events'>) =>
  async (movements: readonly StockMovement[]): Promise<void> => {
    await stock.record(movements);
    await events.append(...stockDepleted(movements));
  };

/** Step: a ledger line for each level that a move has just produced, so that the deltas keep adding up to it. */
export const recordMovements =
  (ports: Pick<CatalogPorts, 'stock' | 'events' | 'newId' | 'now'>) =>
  async (moves: readonly StockMove[], levels: readonly StockLevel[], cause: StockCause): Promise<void> => {
    const at = ports.now();
    const deltas = new Map(moves.map(({ productId, delta }) => [productId, delta]));
    const movements = levels.map((level) =>
      StockMovement.of(ports.newId(), level, deltas.get(level.productId) ?? 0, cause, at),
    );
    await enterInLedger(ports)(movements);
  };
