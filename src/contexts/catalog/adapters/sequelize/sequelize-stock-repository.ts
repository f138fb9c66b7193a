import { Op } from 'sequelize';
import { pageOf } from '#src/kernel/page.js';
import { compareText } from '#src/kernel/text.js';
import { readPage } from '#src/platform/database/lists.js';
import { findRow, findRows, insertRow, insertRows, plus, updateRows } from '#src/platform/database/rows.js';
import type { SqlScope } from '#src/platform/database/scope.js';
import type { StockRepository } from '../../application/ports.js';
import type { StockMove } from '../../domain/stock.js';
import { catalogTables } from './catalog-tables.js';

export const sequelizeStockRepository = (scope: SqlScope): StockRepository => {
  const { stock, ledger } = catalogTables(scope.sequelize);

  const levels: StockRepository['levels'] = async (ids) =>
    ids.length === 0 ? [] : findRows(stock, { where: { productId: { [Op.in]: [...ids] } } }, scope);

  /** Returns whether there was enough: the condition and the change are one statement, so no concurrent change comes between. */
  const apply = async ({ productId, delta }: StockMove): Promise<boolean> => {
    const changes = { quantity: plus('quantity', delta, scope), version: plus('version', 1, scope) };
    return (await updateRows(stock, changes, { productId, quantity: { [Op.gte]: -delta } }, scope)) === 1;
  };

  return {
    lock: (productId) => findRow(stock, { productId }, scope, { lock: true }),
    levels,
    open: async (productId) => {
      const level = { productId, quantity: 0, version: 0 };
      await insertRow(stock, level, scope);
      return level;
    },
    move: async (moves) => {
      const moved = [];
      for (const move of moves.toSorted((a, b) => compareText(a.productId, b.productId)))
        if (await apply(move)) moved.push(move.productId);
      return levels(moved); // this transaction has locked these rows: they are as the moves left them
    },
    record: (movements) => insertRows(ledger, movements, scope),
    movements: async (productId, page) => {
      const sort = { column: 'sequence', direction: 'desc', unique: true } as const;
      const rows = await readPage(ledger, { equal: { productId }, sort, page }, scope);
      return pageOf(rows, page.limit, ({ sequence, id }) => ({ key: sequence, id }));
    },
  };
};
