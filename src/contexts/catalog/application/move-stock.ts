import { StockLevel, type StockMove } from '../domain/stock.js';
import type { CatalogPorts } from './ports.js';

/**
 * Step: applies each move that leaves nothing below zero, and returns the resulting levels. A move that is missing from them fell
 * short, or its product has no stock. One move a product.
 */
export const moveStock =
  ({ stock }: Pick<CatalogPorts, 'stock'>) =>
  async (moves: readonly StockMove[]): Promise<readonly StockLevel[]> => {
    const deltas = new Map(moves.map(({ productId, delta }) => [productId, delta]));
    const levels = await stock.lock([...deltas.keys()]);
    const moved = levels.flatMap((level) => StockLevel.move(level, deltas.get(level.productId) ?? 0) ?? []);
    await stock.update(moved);
    return moved;
  };
