import type { Manager } from '#src/kernel/actor.js';
import type { Now } from '#src/kernel/clock.js';
import type { EventId } from '#src/kernel/events.js';
import type { NewId } from '#src/kernel/ids.js';
import type { PageRequest, Position } from '#src/kernel/page.js';
import type { Work } from '#src/kernel/transact.js';
import type { EndpointId } from '../domain/ids.js';
import { fail } from '../domain/errors.js';
import { PING } from '../domain/event-types.js';
import type { RedeliveryRequested } from '../domain/events.js';
import { requireEnabled } from './manage-endpoints.js';
import type { AttemptFilter, WebhooksPorts } from './ports.js';

export interface RedeliverDeps {
  readonly newId: NewId;
  readonly now: Now;
}

/**
 * Step: has an event sent again. One that is dead-lettered goes on from there, so that the later events of its aggregate follow it;
 * any other is sent once more beside what else is sent.
 */
const redeliver =
  ({ attempts, subscriptions, events }: WebhooksPorts, { newId, now }: RedeliverDeps) =>
  async (endpointId: EndpointId, eventId: EventId): Promise<void> => {
    const dead = await attempts.findLatest(endpointId, eventId, 'dead_lettered');
    if (dead !== null && (await subscriptions.requeue(endpointId, dead.storedId))) return;
    const requested: RedeliveryRequested = {
      type: 'webhook_redelivery.requested',
      aggregateId: newId(),
      version: 1,
      occurredAt: now(),
      data: { endpointId, eventId },
    };
    await events.append(requested);
  };

/** Fails with `webhook_not_found`, `webhook_disabled` or `webhook_event_not_found`. */
export const redeliverEvent =
  (deps: RedeliverDeps) =>
  (_by: Manager<'webhooks:manage'>, endpointId: EndpointId, eventId: EventId): Work<WebhooksPorts, void> =>
  async (ports) => {
    await requireEnabled(ports, endpointId);
    if ((await ports.attempts.findLatest(endpointId, eventId)) === null)
      throw fail('webhook_event_not_found');
    await redeliver(ports, deps)(endpointId, eventId);
  };

/** Maximum number of attempts that one redelivery of a range looks at: each event takes some statements. */
export const RANGE_BATCH = 100;

export interface RangeResult {
  /** Number of events that are sent again. */
  readonly redelivered: number;
  /** Where the rest of the range begins; null if it is done. */
  readonly next: Position | null;
}

/**
 * Has the events, not the pings, sent again whose latest attempt is in a range; looks at `RANGE_BATCH` attempts. Fails with `webhook_not_found` or
 * `webhook_disabled`.
 */
export const redeliverRange =
  (deps: RedeliverDeps) =>
  (
    _by: Manager<'webhooks:manage'>,
    endpointId: EndpointId,
    range: AttemptFilter,
    after: PageRequest['after'],
  ): Work<WebhooksPorts, RangeResult> =>
  async (ports) => {
    await requireEnabled(ports, endpointId);
    const { items, next } = await ports.attempts.list(endpointId, range, { limit: RANGE_BATCH, after });
    const again = redeliver(ports, deps);
    let redelivered = 0;
    for (const { id, eventId, eventType } of items) {
      if (eventType === PING) continue; // it tried the endpoint at its time
      const latest = await ports.attempts.findLatest(endpointId, eventId);
      if (latest?.id !== id) continue;
      await again(endpointId, eventId);
      redelivered += 1;
    }
    return { redelivered, next };
  };
