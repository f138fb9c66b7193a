import type { CustomerId } from '#src/kernel/ids.js';
import type { Transact } from '#src/kernel/transact.js';
import type { CustomersPorts } from './ports.js';

/** Answers that one transaction removes at most. */
const BATCH = 500;

/** Removes all that is kept of an erased customer's requests, in batches. Rejects when `signal` aborts. */
export const forgetRequests =
  ({ transact }: { transact: Transact<CustomersPorts> }) =>
  async (id: CustomerId, signal: { readonly throwIfAborted: () => void }): Promise<void> => {
    let removed: number;
    do {
      signal.throwIfAborted();
      removed = await transact(({ requests }) => requests.forget(id, BATCH));
    } while (removed > 0);
  };
