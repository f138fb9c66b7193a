import { failWrite } from '#src/kernel/errors.js';
import type { CustomerId, ProductId } from '#src/kernel/ids.js';
import {
  deleteRows,
  findRow,
  findRows,
  insertRow,
  insertRows,
  updateVersion,
} from '#src/platform/database/rows.js';
import type { SqlScope } from '#src/platform/database/scope.js';
import type { RowIn } from '#src/platform/database/tables.js';
import type { CartRepository } from '../../application/ports.js';
import type { Cart, CartLine } from '../../domain/cart.js';
import { cartTables } from './cart-tables.js';

type LineRow = RowIn<ReturnType<typeof cartTables>['lines']>;

/** The rows that say what `lines` says, in which a line keeps its position as long as the order allows. */
const rowsOf = (
  customerId: CustomerId,
  lines: readonly CartLine[],
  stored: readonly LineRow[],
): LineRow[] => {
  const positions = new Map<ProductId, number>(stored.map((row) => [row.productId, row.position]));
  let last = 0;
  return lines.map(({ productId, quantity }) => {
    last = Math.max(last + 1, positions.get(productId) ?? 0);
    return { customerId, productId, position: last, quantity };
  });
};

const isSame = (a: LineRow, b: LineRow): boolean =>
  a.productId === b.productId && a.position === b.position && a.quantity === b.quantity;

export const sequelizeCartRepository = (scope: SqlScope): CartRepository => {
  const { carts, lines } = cartTables(scope.sequelize);

  const linesOf = (customerId: CustomerId): Promise<readonly LineRow[]> =>
    findRows(lines, { where: { customerId }, order: [['position', 'ASC']] }, scope);

  const withLines = async (customerId: CustomerId, version: number): Promise<Cart> => ({
    customerId,
    version,
    lines: (await linesOf(customerId)).map(({ productId, quantity }) => ({ productId, quantity })),
  });

  return {
    find: async (customerId) => {
      // Version before lines: should somebody write in between, the version is the older one and no If-Match passes.
      const row = await findRow(carts, { customerId }, scope);
      return row && withLines(customerId, row.version);
    },

    lock: async (customerId) => {
      const row = await findRow(carts, { customerId }, scope, { lock: true });
      return row && withLines(customerId, row.version);
    },

    add: async ({ customerId, version, lines: first }) => {
      await insertRow(carts, { customerId, version }, scope, { carts_pkey: () => failWrite('stale_write') });
      await insertRows(lines, rowsOf(customerId, first, []), scope);
    },

    update: async ({ customerId, version, lines: wanted }) => {
      await updateVersion(carts, { customerId, version }, {}, scope);
      // From here on the cart's row is locked, and nobody else touches its lines.
      const stored = await linesOf(customerId);
      const next = rowsOf(customerId, wanted, stored);
      const outdated = stored.filter((row) => !next.some((other) => isSame(row, other)));
      const missing = next.filter((row) => !stored.some((other) => isSame(row, other)));
      if (outdated.length > 0) {
        const productId = outdated.map((row) => row.productId);
        await deleteRows(lines, { customerId, productId }, scope);
      }
      await insertRows(lines, missing, scope);
    },

    remove: async (customerId) => {
      await deleteRows(carts, { customerId }, scope); // the foreign key takes the lines along
    },
  };
};
