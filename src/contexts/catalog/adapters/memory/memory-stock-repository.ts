import { pageOf } from '#src/kernel/page.js';
import { compareText } from '#src/kernel/text.js';
import { pageOfRows } from '#src/platform/memory/page.js';
import type { MemoryScope } from '#src/platform/memory/store.js';
import { updateVersion } from '#src/platform/memory/versions.js';
import type { StockRepository } from '../../application/ports.js';
import { StockMovement } from '../../domain/stock.js';
import { ledgerTable, stockTable } from './memory-catalog-tables.js';

export const memoryStockRepository = (scope: MemoryScope): StockRepository => {
  const stock = scope.table(stockTable);
  const ledger = scope.table(ledgerTable);

  const levels: StockRepository['levels'] = (ids) => {
    const wanted = new Set(ids);
    return stock.all(({ productId }) => wanted.has(productId));
  };

  return {
    lock: async (ids) => {
      const locked = [];
      for (const id of ids.toSorted(compareText)) locked.push(await stock.lock(id));
      return locked.filter((level) => level !== null);
    },
    levels,
    add: (level) => stock.insert(level),
    addAll: async (all) => {
      for (const level of all) await stock.insert(level);
    },
    update: async (changed) => {
      for (const level of changed.toSorted((a, b) => compareText(a.productId, b.productId)))
        await updateVersion(stock, level.productId, level.version, level);
    },
    record: async (movements) => {
      for (const movement of movements) await ledger.insert(movement);
    },
    findTaken: async (order) =>
      StockMovement.outstanding(await ledger.all(({ orderId }) => orderId === order)),
    hasMoved: async (order) => (await ledger.all(({ orderId }) => orderId === order)).length > 0,
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
