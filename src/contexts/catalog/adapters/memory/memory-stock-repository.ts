import { pageOf } from '#src/kernel/page.js';
import { compareText } from '#src/kernel/text.js';
import { pageOfRows } from '#src/platform/memory/page.js';
import type { MemoryScope } from '#src/platform/memory/store.js';
import type { StockRepository } from '../../application/ports.js';
import type { StockLevel, StockMove } from '../../domain/stock.js';
import { ledgerTable, stockTable } from './memory-catalog-tables.js';

const moved =
  (delta: number) =>
  (level: StockLevel): StockLevel | null =>
    level.quantity + delta < 0
      ? null
      : { ...level, quantity: level.quantity + delta, version: level.version + 1 };

export const memoryStockRepository = (scope: MemoryScope): StockRepository => {
  const stock = scope.table(stockTable);
  const ledger = scope.table(ledgerTable);

  const levels: StockRepository['levels'] = (ids) => {
    const wanted = new Set(ids);
    return stock.all(({ productId }) => wanted.has(productId));
  };

  const apply = async ({ productId, delta }: StockMove): Promise<boolean> =>
    (await stock.update(productId, moved(delta))) === 1;

  return {
    lock: (id) => stock.lock(id),
    levels,
    open: async (productId) => {
      const level = { productId, quantity: 0, version: 0 };
      await stock.insert(level);
      return level;
    },
    move: async (moves) => {
      const done = [];
      for (const move of moves.toSorted((a, b) => compareText(a.productId, b.productId)))
        if (await apply(move)) done.push(move.productId);
      return levels(done);
    },
    record: async (movements) => {
      for (const movement of movements) await ledger.insert(movement);
    },
    movements: async (productId, page) => {
      const rows = pageOfRows(await ledger.all((movement) => movement.productId === productId), {
        sort: ({ sequence }) => sequence,
        id: ({ id }) => id,
        direction: 'desc',
        page,
      });
      return pageOf(rows, page.limit, ({ sequence, id }) => ({ key: sequence, id }));
    },
  };
};
