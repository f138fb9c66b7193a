import { failWrite } from '#src/kernel/errors.js';
import type { CustomerId } from '#src/kernel/ids.js';
import {
  deleteRows,
  findRow,
  findRows,
  insertRow,
  insertRows,
  updateRows,
  updateVersion,
} from '#src/platform/database/rows.js';
import type { SqlScope } from '#src/platform/database/scope.js';
import type { RowIn } from '#src/platform/database/tables.js';
import type { CartRepository } from '../../application/ports.js';
import type { Cart, CartLine } from '../../domain/cart.js';
import { cartTables } from './cart-tables.js';

type LineRow = RowIn<ReturnType<typeof cartTables>['lines']>;

const rowOf =
  (customerId: CustomerId) =>
  (line: CartLine): LineRow => ({ customerId, ...line });

export const sequelizeCartRepository = (scope: SqlScope): CartRepository => {
  const { carts, lines } = cartTables(scope.sequelize);

  const linesOf = (customerId: CustomerId): Promise<readonly LineRow[]> =>
    findRows(lines, { where: { customerId }, order: [['position', 'ASC']] }, scope);

  const withLines = async (customerId: CustomerId, version: number): Promise<Cart> => ({
    customerId,
    version,
    lines: (await linesOf(customerId)).map(({ customerId: _customer, ...line }) => line),
  });

  return {
    find: async (customerId) => {
      // Version before lines: if a write comes in between, the version is the older one and no If-Match passes.
      const row = await findRow(carts, { customerId }, scope);
      return row && withLines(customerId, row.version);
    },

    lock: async (customerId) => {
      const row = await findRow(carts, { customerId }, scope, { lock: true });
      return row && withLines(customerId, row.version);
    },

    add: async ({ customerId, version, lines: first }) => {
      await insertRow(carts, { customerId, version }, scope, { carts_pkey: () => failWrite('stale_write') });
      await insertRows(lines, first.map(rowOf(customerId)), scope);
    },

    update: async ({ customerId, version, lines: wanted }, before) => {
      await updateVersion(carts, { customerId, version }, {}, scope);
      // From here on the stored lines are those of `before`, whose version was the stored one.
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
