import { failWrite } from '#src/kernel/errors.js';
import { pageOf, type Position } from '#src/kernel/page.js';
import { readPage } from '#src/platform/database/lists.js';
import { findRow, insertRow, plus, updateRows, updateVersion } from '#src/platform/database/rows.js';
import type { SqlScope } from '#src/platform/database/scope.js';
import type { RowIn } from '#src/platform/database/tables.js';
import type { BulkCancellationRepository } from '../../application/ports.js';
import type { BulkCancellation } from '../../domain/bulk-cancellation.js';
import { orderTables } from './order-tables.js';

type Row = RowIn<ReturnType<typeof orderTables>['bulkCancellations']>;

const TAKEN = { bulk_cancellations_pkey: () => failWrite('stale_write') };

const positionColumns = (after: Position | null): Pick<Row, 'afterTime' | 'afterId'> => ({
  afterTime: after && Number(after.key),
  afterId: after?.id ?? null,
});

const toRow = ({ from, to, after, ...bulk }: BulkCancellation): Row => ({
  ...bulk,
  placedFrom: from,
  placedBefore: to,
  ...positionColumns(after),
});

const toBulk = ({ placedFrom, placedBefore, afterTime, afterId, ...row }: Row): BulkCancellation => ({
  ...row,
  from: placedFrom,
  to: placedBefore,
  after: afterTime === null || afterId === null ? null : { key: afterTime, id: afterId },
});

export const sequelizeBulkCancellationRepository = (scope: SqlScope): BulkCancellationRepository => {
  const { bulkCancellations: bulks } = orderTables(scope.sequelize);
  return {
    find: async (id) => {
      const row = await findRow(bulks, { id }, scope);
      return row && toBulk(row);
    },

    list: async ({ customerId }, page) => {
      const where = customerId === undefined ? {} : { customerId };
      const sort = { column: 'createdAt', direction: 'desc' } as const;
      const rows = await readPage(bulks, { where, sort, page }, scope);
      return pageOf(rows.map(toBulk), page.limit, ({ id, createdAt }) => ({ key: createdAt.getTime(), id }));
    },

    add: (bulk) => insertRow(bulks, toRow(bulk), scope, TAKEN),

    update: ({ id, version, after, updatedAt, finishedAt }) =>
      updateVersion(bulks, { id, version }, { ...positionColumns(after), updatedAt, finishedAt }, scope),

    count: async (id) => {
      const touched = await updateRows(bulks, { cancelled: plus('cancelled', 1, scope) }, { id }, scope);
      if (touched === 0) throw new Error(`there is no bulk cancellation ${id} to count for`);
    },
  };
};
