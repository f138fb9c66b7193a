import { Op } from 'sequelize';
import { pageOf } from '#src/kernel/page.js';
import type { PostalAddress } from '#src/kernel/postal-address.js';
import { positionBy, readPageColumns } from '#src/platform/database/lists.js';
import { deleteRows, findColumns, insertRow, takeRows } from '#src/platform/database/rows.js';
import type { SqlScope } from '#src/platform/database/scope.js';
import type { RowIn } from '#src/platform/database/tables.js';
import { failIdempotency } from '#src/platform/idempotency/idempotency-store.js';
import type { PlacementRepository } from '../../application/ports.js';
import type { Placement } from '../../domain/placement.js';
import { orderTables } from './order-tables.js';

type Row = RowIn<ReturnType<typeof orderTables>['placements']>;

const TAKEN = { order_placements_keyId_unique: () => failIdempotency('request_in_progress') };

const toRow = ({ lines, shippingAddress, ...placement }: Placement): Row => ({
  ...placement,
  lines: JSON.stringify(lines),
  shippingAddress: shippingAddress && JSON.stringify(shippingAddress),
});

// Written by `toRow` alone.
const toPlacement = ({ lines, shippingAddress, ...row }: Row): Placement => ({
  ...row,
  lines: JSON.parse(lines) as Placement['lines'],
  shippingAddress: shippingAddress === null ? null : (JSON.parse(shippingAddress) as PostalAddress),
});

export const sequelizePlacementRepository = (scope: SqlScope): PlacementRepository => {
  const { placements } = orderTables(scope.sequelize);
  return {
    listOverdue: async (expiredBefore, page) => {
      const rows = await readPageColumns(
        placements,
        ['id', 'expiresAt'],
        { range: { to: expiredBefore }, sort: { column: 'expiresAt', direction: 'asc' }, page },
        scope,
      );
      const { items, next } = pageOf(rows, page.limit, positionBy<Row>('expiresAt'));
      return { items: items.map(({ id }) => id), next };
    },
    add: (placement) => insertRow(placements, toRow(placement), scope, TAKEN),
    take: async (id) => {
      const [taken] = await takeRows(placements, { id }, scope);
      return taken === undefined ? null : toPlacement(taken);
    },
    countPlacements: async (customerId, limit) =>
      (await findColumns(placements, ['id'], { where: { customerId }, limit }, scope)).length,
    removeAll: async (customerId) => {
      const ids = (await findColumns(placements, ['id'], { where: { customerId } }, scope))
        .map(({ id }) => id)
        .sort();
      if (ids.length > 0) await deleteRows(placements, { id: { [Op.in]: ids } }, scope);
    },
  };
};
