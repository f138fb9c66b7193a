import type { Transact } from '#src/kernel/transact.js';
import type { OutboxRepository } from './outbox.js';

/** Returns the same transactions; calls `wake` after each one that has appended events and committed. */
export const wakeAfterCommit =
  <Ports extends { readonly outbox: OutboxRepository }>(
    transact: Transact<Ports>,
    wake: () => void,
  ): Transact<Ports> =>
  async (work) => {
    let appended = false as boolean; // set in a callback, which the compiler does not see
    const result = await transact((ports) => {
      appended = false; // the previous attempt was rolled back
      const outbox: OutboxRepository = {
        ...ports.outbox,
        add: (events) => {
          appended = true;
          return ports.outbox.add(events);
        },
      };
      return work({ ...ports, outbox });
    });
    if (appended) wake();
    return result;
  };
