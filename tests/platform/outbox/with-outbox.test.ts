import { expect } from 'chai';
import { failWrite } from '#src/kernel/errors.js';
import { memoryPersistence } from '#src/main/persistence/memory-persistence.js';
import type { OutboxEvent, OutboxRepository } from '#src/platform/outbox/outbox.js';
import { withOutbox } from '#src/platform/outbox/with-outbox.js';
import { anEvent } from '../../support/builders/outbox.js';
import { rejectionOf } from '../../support/contract-tools.js';

describe('The transactions of withOutbox', () => {
  /** Whether an event waited to be dispatched, as others see it, each time that it woke. */
  const wakings = async (
    works: readonly ((ports: { readonly outbox: OutboxRepository }) => Promise<unknown>)[],
  ): Promise<readonly boolean[]> => {
    const store = memoryPersistence({ delay: () => Promise.resolve() });
    const seen: Promise<boolean>[] = [];
    const transact = withOutbox(store.transact, () => {
      seen.push(store.outside.outbox.hasUndispatched());
    });
    for (const work of works) await transact(work).catch((error: unknown) => error);
    return Promise.all(seen);
  };

  it('A transaction of withOutbox wakes when an event can be seen, once for each transaction', async () => {
    const two = ({ outbox }: { readonly outbox: OutboxRepository }) => outbox.add([anEvent(), anEvent()]);
    const one = ({ outbox }: { readonly outbox: OutboxRepository }) => outbox.add([anEvent()]);
    expect(await wakings([two, one])).to.deep.equal([true, true]);
  });

  it('A transaction of withOutbox does not wake for a transaction without events, or one that is rolled back', async () => {
    const nothing = () => Promise.resolve();
    const failing = async ({ outbox }: { readonly outbox: OutboxRepository }): Promise<void> => {
      await outbox.add([anEvent()]);
      throw new Error('no');
    };
    expect(await wakings([nothing, failing])).to.deep.equal([]);
  });

  it('A transaction of withOutbox forgets the events of an attempt that had to be run again', async () => {
    let attempts = 0;
    const secondThoughts = async ({ outbox }: { readonly outbox: OutboxRepository }): Promise<void> => {
      attempts += 1;
      if (attempts > 1) return;
      await outbox.add([anEvent()]);
      throw failWrite('stale_write');
    };
    expect(await wakings([secondThoughts])).to.deep.equal([]);
    expect(attempts).to.equal(2);
  });

  it('A transaction of withOutbox stores the events of all its calls at once, in their order', async () => {
    const { transact } = memoryPersistence();
    const stored: (readonly OutboxEvent[])[] = [];
    const watched: typeof transact = (work) =>
      transact(({ outbox, ...others }) => {
        const add: OutboxRepository['add'] = (events) => {
          stored.push([...events]);
          return outbox.add(events);
        };
        return work({ ...others, outbox: { ...outbox, add } });
      });
    const events = [anEvent(), anEvent(), anEvent()] as const;
    await withOutbox(
      watched,
      () => undefined,
    )(async ({ outbox }) => {
      await outbox.add([events[0]]);
      await outbox.add([events[1], events[2]]);
    });
    expect(stored).to.deep.equal([events]);
  });

  it('A transaction of withOutbox passes on the result and the failure of the work', async () => {
    const { transact } = memoryPersistence();
    const waking = withOutbox(transact, () => undefined);
    expect(await waking(() => Promise.resolve(42))).to.equal(42);
    expect(await rejectionOf(waking(() => Promise.reject(new Error('no'))))).to.equal('no');
  });
});
