import { cancellationSubscriber } from '#src/contexts/ordering/adapters/cancellation-subscriber.js';
import { continueBulkCancellation } from '#src/contexts/ordering/application/continue-bulk-cancellation.js';
import type { OrderingPorts } from '#src/contexts/ordering/application/ports.js';
import { erasureSubscriber } from '#src/contexts/privacy/adapters/erasure-subscriber.js';
import { forgetRequests } from '#src/contexts/privacy/application/forget-requests.js';
import type { PrivacyPorts } from '#src/contexts/privacy/application/ports.js';
import type { CustomerId } from '#src/kernel/ids.js';
import type { Transact } from '#src/kernel/transact.js';
import type { OutboxEvent, OutboxRepository } from '#src/platform/outbox/outbox.js';
import type { Subscriber } from '#src/platform/outbox/subscriber.js';
import { newId } from './builders/ids.js';

/** The transactions of the contexts that have work to do after others. */
export interface Working {
  readonly privacy: Transact<PrivacyPorts>;
  readonly ordering: Transact<OrderingPorts>;
}

const patient = new AbortController().signal;
const FIRST_ATTEMPT = { number: 1, isLast: false };

/** The shop's own subscribers, but for mail. */
export const ownSubscribers = ({ privacy, ordering }: Working): readonly Subscriber[] => [
  cancellationSubscriber({ transact: ordering }),
  erasureSubscriber({ transact: privacy }),
];

/** Delivers every event that waits, and those that come of it, as a relay would; returns them all. */
export const deliverDue = async (
  transact: Transact<{ readonly outbox: OutboxRepository }>,
  subscribers: readonly Subscriber[],
): Promise<readonly OutboxEvent[]> => {
  for (const { name, types } of subscribers)
    await transact(({ outbox }) => outbox.subscribe({ subscriber: name, types }));
  const dispatched: OutboxEvent[] = [];
  const dispatch = async (): Promise<number> => {
    const events = await transact(({ outbox }) => outbox.dispatch(100));
    dispatched.push(...events);
    return events.length;
  };
  const deliver = async (subscriber: Subscriber): Promise<number> => {
    const { name, types } = subscriber;
    const due = await transact(({ outbox }) => outbox.due({ subscriber: name, types }, 100));
    const lease = { claimId: newId<never>(), leaseMs: 60_000 };
    const claimed = await transact(({ outbox }) => outbox.claim(name, due, lease));
    for (const { event } of claimed) await subscriber.handle(event, patient, FIRST_ATTEMPT);
    const outcome = { is: 'delivered' } as const;
    await transact(({ outbox }) => outbox.settle(claimed.map((delivery) => ({ delivery, outcome }))));
    return claimed.length;
  };
  for (;;) {
    let moved = await dispatch();
    for (const subscriber of subscribers) moved += await deliver(subscriber);
    if (moved === 0) return dispatched;
  }
};

/** Does what an erasure has left to do, without the events that ask for it. */
export const finishErasure = async ({ privacy, ordering }: Working, id: CustomerId): Promise<void> => {
  const latest = { limit: 1, after: null };
  for (;;) {
    const { items } = await ordering((ports) => ports.bulkCancellations.list({ customerId: id }, latest));
    const [bulk] = items;
    if (bulk?.finishedAt !== null) break; // there is none, or it is done
    await continueBulkCancellation({ transact: ordering })(bulk.id, bulk.version, patient);
  }
  await forgetRequests({ transact: privacy })(id, patient);
};
