import type { CustomerId } from '#src/kernel/ids.js';
import type { Page, PageRequest } from '#src/kernel/page.js';
import type { BulkCancellation, BulkCancellationId } from '../domain/bulk-cancellation.js';
import { fail } from '../domain/errors.js';
import type { BulkCancellationReader } from './ports.js';

interface Deps {
  readonly bulkCancellations: BulkCancellationReader;
}

/** Fails with `bulk_cancellation_not_found`. */
export const getBulkCancellation =
  ({ bulkCancellations }: Deps) =>
  async (id: BulkCancellationId): Promise<BulkCancellation> => {
    const bulk = await bulkCancellations.find(id);
    if (bulk === null) throw fail('bulk_cancellation_not_found');
    return bulk;
  };

/** Lists bulk cancellations, the latest first. */
export const listBulkCancellations =
  ({ bulkCancellations }: Deps) =>
  (filter: { readonly customerId?: CustomerId }, page: PageRequest): Promise<Page<BulkCancellation>> =>
    bulkCancellations.list(filter, page);
