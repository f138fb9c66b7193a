import type { Now } from '#src/kernel/clock.js';
import type { NewId } from '#src/kernel/ids.js';
import type { EventId } from '#src/kernel/events.js';
import type { Transact, Work } from '#src/kernel/transact.js';
import { GONE, isSuccess, type Attempt, type AttemptOutcome, type SendResult } from '../domain/attempt.js';
import { Endpoint } from '../domain/endpoint.js';
import type { EndpointId } from '../domain/ids.js';
import { endpointDisabled, type WebhookEvent } from '../domain/events.js';
import { messageOf, pingOf, type Message } from '../domain/message.js';
import { sourceOf } from '../domain/relayed.js';
import type { SourceEvent } from '../domain/events.js';
import type { Secrets, Send, WebhooksPorts, WebhooksReaders } from './ports.js';

export type DeliveredEvent = (SourceEvent | WebhookEvent) & { readonly id: EventId };

/** Which attempt it is. */
export interface AttemptPlace {
  readonly number: number;
  /** Whether the event is dead-lettered if this attempt fails. */
  readonly isLast: boolean;
}

/** `ignored`: the event is none that the endpoint is sent. */
export type DeliveryResult =
  | { readonly is: 'delivered' | 'ignored' }
  | {
      readonly is: 'failed';
      readonly reason: string;
      /** Milliseconds for which the endpoint wants no further attempt. */
      readonly retryAfterMs: number;
    };

export interface DeliverDeps extends WebhooksReaders {
  readonly transact: Transact<WebhooksPorts>;
  readonly send: Send;
  readonly secrets: Secrets;
  readonly newId: NewId;
  readonly now: Now;
}

/** Returns what an endpoint is sent about an event; null if it is nothing. */
const messageFor = async (
  { attempts }: Pick<WebhooksReaders, 'attempts'>,
  endpointId: EndpointId,
  event: DeliveredEvent,
): Promise<Message | null> => {
  if (event.type === 'webhook_ping.requested')
    return event.data.endpointId === endpointId ? pingOf(event.id, endpointId, event.occurredAt) : null;
  if (event.type !== 'webhook_redelivery.requested') return messageOf(sourceOf(event));
  const { data } = event;
  const earlier = data.endpointId === endpointId ? await attempts.findLatest(endpointId, data.eventId) : null;
  return earlier && { id: earlier.eventId, type: earlier.eventType, payload: earlier.payload };
};

/**
 * The attempt is in the log, or not at all, together with what it changes in the endpoint. Most change nothing in the endpoint as it was
 * when the attempt began: then it is not read again.
 */
const record =
  (attempt: Attempt, before: Endpoint): Work<WebhooksPorts, void> =>
  async ({ endpoints, attempts, subscriptions, events }) => {
    await attempts.add(attempt);
    if (Endpoint.attempted(before, attempt) === before) return;
    const endpoint = await endpoints.find(attempt.endpointId);
    if (endpoint === null || !Endpoint.isEnabled(endpoint)) return;
    const changed = Endpoint.attempted(endpoint, attempt);
    if (changed === endpoint) return;
    await endpoints.update(changed);
    if (Endpoint.isEnabled(changed)) return;
    await subscriptions.store(changed);
    await events.append(endpointDisabled(changed));
  };

/** An endpoint that is disabled is a subscriber for about a second more: what is claimed meanwhile is claimed once. */
const NOTICED_WITHIN_MS = 2_000;

const UNREADABLE: SendResult = {
  ...{ status: null, response: null, durationMs: 0, retryAfterMs: null },
  error: 'the secret of the endpoint cannot be decrypted with any signing key of the shop: rotate it',
};

const outcomeOf = (result: SendResult, { isLast }: AttemptPlace): AttemptOutcome => {
  if (isSuccess(result)) return 'delivered';
  return isLast && result.status !== GONE ? 'dead_lettered' : 'failed';
};

const reasonOf = ({ status, error }: SendResult): string =>
  error ?? `the endpoint responded with ${String(status)}`;

/** Sends an event to an endpoint, once, and records the attempt. */
export const deliverEvent =
  ({ transact, send, secrets, newId, now, ...readers }: DeliverDeps) =>
  async (
    endpointId: EndpointId,
    event: DeliveredEvent,
    place: AttemptPlace,
    signal: AbortSignal,
  ): Promise<DeliveryResult> => {
    const endpoint = await readers.endpoints.find(endpointId);
    if (endpoint === null) return { is: 'ignored' }; // what waits for it is removed with it
    const message = await messageFor(readers, endpointId, event);
    if (message === null) return { is: 'ignored' };
    if (!Endpoint.isEnabled(endpoint))
      return { is: 'failed', reason: 'the endpoint is disabled', retryAfterMs: NOTICED_WITHIN_MS };
    const at = now();
    const opened = Endpoint.signing(endpoint, at).flatMap((sealed) => secrets.open(sealed) ?? []);
    const result =
      opened.length === 0 ? UNREADABLE : await send(endpoint.url, message, { secrets: opened, at, signal });
    const { retryAfterMs, ...response } = result;
    await transact(
      record(
        {
          ...{ id: newId(), endpointId, eventId: message.id, storedId: event.id, eventType: message.type },
          payload: message.payload,
          ...{ number: place.number, outcome: outcomeOf(result, place), ...response, at },
        },
        endpoint,
      ),
    );
    return isSuccess(result)
      ? { is: 'delivered' }
      : { is: 'failed', reason: reasonOf(result), retryAfterMs: retryAfterMs ?? 0 };
  };
