import { failWrite } from '#src/kernel/errors.js';
import type { CustomerId } from '#src/kernel/ids.js';
import {
  deleteRows,
  findJoinedRows,
  insertRow,
  insertRows,
  plus,
  takeRows,
  updateRows,
} from '#src/platform/database/rows.js';
import type { SqlScope } from '#src/platform/database/scope.js';
import type { RowIn } from '#src/platform/database/tables.js';
import type { CartRepository } from '../../application/ports.js';
import type { Cart, CartLine } from '../../domain/cart.js';
import { cartReferences, cartTables } from './cart-tables.js';

type LineRow = RowIn<ReturnType<typeof cartTables>['lines']>;

const rowOf =
  (customerId: CustomerId) =>
  (line: CartLine): LineRow => ({ customerId, ...line });

const linesIn = (rows: readonly LineRow[]): readonly CartLine[] =>
  rows.map(({ customerId: _customer, ...line }) => line).toSorted((a, b) => a.position - b.position);

export const sequelizeCartRepository = (scope: SqlScope): CartRepository => {
  const { carts, lines } = cartTables(scope.sequelize);
  const { toLines } = cartReferences(scope.sequelize);

  const find = async (customerId: CustomerId): Promise<Cart | null> => {
    // One statement, so that version and lines belong together.
    const rows = await findJoinedRows(carts, [toLines], { where: { customerId } }, scope);
    const [first] = rows;
    if (first === undefined) return null;
    return { customerId, version: first[0].version, lines: linesIn(rows.flatMap(([, line]) => line ?? [])) };
  };

  /** Locks the cart by its next version, so that the two are one statement, on which all nodes of a cluster agree. */
  const raise = async (customerId: CustomerId): Promise<boolean> =>
    (await updateRows(carts, { version: plus('version', 1, scope) }, { customerId }, scope)) > 0;

  return {
    find,

    lock: async (customerId) => {
      const raised = (await raise(customerId)) ? await find(customerId) : null;
      return raised && { ...raised, version: raised.version - 1 };
    },

    empty: async (customerId) =>
      (await raise(customerId)) ? linesIn(await takeRows(lines, { customerId }, scope)) : [],

    add: async ({ customerId, version, lines: first }) => {
      await insertRow(carts, { customerId, version }, scope, { carts_pkey: () => failWrite('stale_write') });
      await insertRows(lines, first.map(rowOf(customerId)), scope);
    },

    update: async ({ customerId, lines: wanted }, before) => {
      const stored = new Map(before.lines.map((line) => [line.productId, line]));
      const kept = new Set(wanted.map(({ productId }) => productId));
      const gone = [...stored.keys()].filter((productId) => !kept.has(productId));
      if (gone.length > 0) await deleteRows(lines, { customerId, productId: gone }, scope);
      for (const { productId, quantity, position } of wanted) {
        const line = stored.get(productId);
        if (line === undefined || (line.quantity === quantity && line.position === position)) continue;
        const touched = await updateRows(lines, { quantity, position }, { customerId, productId }, scope);
        if (touched === 0) throw failWrite('stale_write');
      }
      const added = wanted.filter(({ productId }) => !stored.has(productId));
      await insertRows(lines, added.map(rowOf(customerId)), scope);
    },

    remove: async (customerId) => {
      await deleteRows(carts, { customerId }, scope); // the foreign key removes the lines
    },
  };
};
