import { Op } from 'sequelize';
import { pageOf } from '#src/kernel/page.js';
import { readPage } from '#src/platform/database/lists.js';
import { findColumns, findRows, insertRow, insertRows, updateVersions } from '#src/platform/database/rows.js';
import type { SqlScope } from '#src/platform/database/scope.js';
import type { StockRepository } from '../../application/ports.js';
import { StockMovement } from '../../domain/stock.js';
import { catalogTables } from './catalog-tables.js';

export const sequelizeStockRepository = (scope: SqlScope): StockRepository => {
  const { stock, ledger } = catalogTables(scope.sequelize);

  const levels: StockRepository['levels'] = async (ids) =>
    ids.length === 0 ? [] : findRows(stock, { where: { productId: { [Op.in]: [...ids] } } }, scope);

  return {
    lock: (ids) => {
      // By the primary key alone: otherwise the server might read, and lock, another index in another order.
      const where = { productId: { [Op.in]: [...ids] } };
      return findRows(stock, { where, order: [['productId', 'asc']], index: 'PRIMARY', lock: true }, scope);
    },
    levels,
    add: (level) => insertRow(stock, level, scope),
    addAll: (all) => insertRows(stock, all, scope),
    update: (changed) => updateVersions(stock, 'productId', ['quantity'], changed, scope),
    record: (movements) => insertRows(ledger, movements, scope),
    findTaken: async (orderId) =>
      StockMovement.outstanding(
        await findColumns(ledger, ['productId', 'delta'], { where: { orderId } }, scope),
      ),
    hasMoved: async (orderId) =>
      (await findColumns(ledger, ['id'], { where: { orderId }, limit: 1 }, scope)).length > 0,
    movements: async (productId, page) => {
      const sort = { column: 'sequence', direction: 'desc', unique: true } as const;
      const rows = await readPage(ledger, { equal: { productId }, sort, page }, scope);
      return pageOf(rows, page.limit, ({ sequence, id }) => ({ key: sequence, id }));
    },
  };
};
