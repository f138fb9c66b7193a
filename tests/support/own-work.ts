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
  const told: OutboxEvent[] = [];
  for (;;) {
    const due = await transact(({ outbox }) => outbox.due(100));
    if (due.length === 0) return told;
    const claimId = newId<never>();
    const claimed = await transact(({ outbox }) => outbox.claim(due, { claimId, leaseMs: 60_000 }));
    for (const event of claimed) {
      for (const subscriber of subscribers)
        if (subscriber.types.includes(event.type)) await subscriber.handle(event, patient);
      told.push(event);
    }
    const outcome = { is: 'delivered', keepMs: 60_000 } as const;
    await transact(({ outbox }) => outbox.settle(claimed.map((event) => ({ event, outcome }))));
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
