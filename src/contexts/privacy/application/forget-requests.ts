import type { UserId } from '#src/kernel/ids.js';
import type { Transact } from '#src/kernel/transact.js';
import type { PrivacyPorts } from './ports.js';

/** Maximum number of stored replies that one transaction removes. */
const BATCH = 500;

/** Removes the stored replies to an erased person's requests, in batches. Rejects when `signal` aborts. */
export const forgetRequests =
  ({ transact }: { transact: Transact<Pick<PrivacyPorts, 'requests'>> }) =>
  async (person: UserId, signal: { readonly throwIfAborted: () => void }): Promise<void> => {
    let removed: number;
    do {
      signal.throwIfAborted();
      removed = await transact(({ requests }) => requests.forget(person, BATCH));
    } while (removed > 0);
  };
