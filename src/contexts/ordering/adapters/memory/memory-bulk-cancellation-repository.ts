import { failWrite } from '#src/kernel/errors.js';
import { pageOf } from '#src/kernel/page.js';
import { pageOfRows } from '#src/platform/memory/page.js';
import type { MemoryScope } from '#src/platform/memory/store.js';
import { memoryTable, primaryName } from '#src/platform/memory/table.js';
import { updateVersion } from '#src/platform/memory/versions.js';
import type { BulkCancellationRepository } from '../../application/ports.js';
import type { BulkCancellation } from '../../domain/bulk-cancellation.js';

export const bulkCancellationTable = memoryTable<BulkCancellation>({
  name: 'bulk_cancellations',
  key: ({ id }) => id,
});

const TAKEN = { [primaryName(bulkCancellationTable)]: () => failWrite('stale_write') };

export const memoryBulkCancellationRepository = (scope: MemoryScope): BulkCancellationRepository => {
  const bulks = scope.table(bulkCancellationTable);
  return {
    find: (id) => bulks.find(id),

    list: async ({ customerId }, page) => {
      const found = await bulks.all((bulk) => customerId === undefined || bulk.customerId === customerId);
      const position = ({ createdAt, id }: BulkCancellation) => ({ key: createdAt.getTime(), id });
      const rows = pageOfRows(found, {
        sort: (bulk) => position(bulk).key,
        id: ({ id }) => id,
        direction: 'desc',
        page,
      });
      return pageOf(rows, page.limit, position);
    },

    add: (bulk) => bulks.insert(bulk, TAKEN),

    update: ({ id, version, after, updatedAt, finishedAt }) =>
      updateVersion(bulks, id, version, { after, updatedAt, finishedAt }),

    count: async (id) => {
      const touched = await bulks.update(id, (bulk) => ({ ...bulk, cancelled: bulk.cancelled + 1 }));
      if (touched === 0) throw new Error(`there is no bulk cancellation ${id} to count for`);
    },
  };
};
