import type { Now } from '#src/kernel/clock.js';
import type { NewId } from '#src/kernel/ids.js';
import type { Transact } from '#src/kernel/transact.js';
import type { WithReplies } from '#src/platform/idempotency/replies.js';
import type { CustomerReader, CustomersPorts, PersonalList } from '../../application/ports.js';

export interface CustomerRoutesDeps {
  readonly transact: Transact<CustomersPorts & WithReplies>;
  /** Bound to no transaction: for queries. */
  readonly customers: CustomerReader;
  /** Bound to no transaction: for the export. */
  readonly personalLists: readonly PersonalList[];
  readonly newId: NewId;
  readonly now: Now;
}
