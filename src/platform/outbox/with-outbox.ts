import type { Transact } from '#src/kernel/transact.js';
import { replacing } from '../lazily.js';
import type { OutboxEvent, OutboxRepository } from './outbox.js';

interface WithOutbox {
  readonly outbox: OutboxRepository;
}

/**
 * Returns the same transactions, each of which stores all its events by one statement, its last one; calls `wake` after each that
 * has stored events and committed.
 */
export const withOutbox =
  <Ports extends WithOutbox>(transact: Transact<Ports>, wake: () => void): Transact<Ports> =>
  async (work) => {
    let appended: OutboxEvent[] = [];
    const result = await transact(async (ports) => {
      appended = []; // the previous attempt was rolled back
      const outbox = (): OutboxRepository => ({
        ...ports.outbox,
        add: (events) => {
          appended.push(...events);
          return Promise.resolve();
        },
      });
      const done = await work(replacing<Ports | WithOutbox>(ports, { outbox }) as Ports);
      if (appended.length > 0) await ports.outbox.add(appended);
      return done;
    });
    if (appended.length > 0) wake();
    return result;
  };
