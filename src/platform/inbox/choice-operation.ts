import type { EventType } from '#src/kernel/events.js';
import type { Transact } from '#src/kernel/transact.js';
import type { Calls } from '../context-module.js';
import type { Route } from '../http/routes/route.js';
import { operationRoute, type Operation } from '../http/services/operation.js';
import type { ChosenTypes, OutboxRepository } from '../outbox/outbox.js';
import { array, integer, object } from '../schema/schema.js';
import { eventType } from './event-type.js';

const fields = { version: integer({ min: 0 }), types: array(eventType()) };

const CHOOSE_EVENTS: Operation<ChosenTypes, ChosenTypes> = {
  name: 'chooseEvents',
  summary: 'Choose which events for webhooks the process sends to the user service from now on',
  request: object('ChooseEventsRequest', fields),
  response: object('ChooseEventsResponse', fields),
};

export interface ChoiceDeps {
  readonly transact: Transact<{ readonly outbox: OutboxRepository }>;
  /** The name of the subscriber that delivers events to the process that chooses. */
  readonly subscriber: string;
  /** The types that it is sent in any case. */
  readonly always: readonly EventType[];
}

/** Returns the route by which another process chooses which of the events that it receives on demand are sent to it. */
export const choiceRoute = ({ transact, subscriber, always }: ChoiceDeps): Route =>
  operationRoute(CHOOSE_EVENTS, async ({ version, types }) => {
    const stored = await transact(({ outbox }) =>
      outbox.choose(subscriber, { version, types: [...new Set([...always, ...types])] }),
    );
    return { ...stored, types: stored.types.filter((type) => !always.includes(type)) };
  });

/** A process that sends events to this one. */
export interface EventSender {
  /**
   * Has the process send the events of these types, and no other ones on demand, that are committed after this resolves; returns what it has
   * stored, as `OutboxRepository.choose` does. Fails with `service_unavailable`.
   */
  readonly choose: (chosen: ChosenTypes) => Promise<ChosenTypes>;
}

export const eventSender = (service: Calls): EventSender => ({
  choose: (chosen) => service.call(CHOOSE_EVENTS, chosen),
});
