import type { EventId } from '#src/kernel/events.js';
import { serviceSubscriberName } from '#src/platform/inbox/service-subscriber.js';
import { COUNTED, type DeadLetterFilter, type Delivery } from '#src/platform/outbox/outbox.js';
import type { Parts } from './parts.js';
import { BACKEND_NAMES } from './services.js';

const LISTED = 1000;
/** Maximum number of deliveries that one transaction makes due again. */
const BATCH = 100;

/** Selection of the outbox commands: one event's id or all, of one subscriber or of any. */
export interface OutboxChoice {
  readonly id: string | null;
  readonly all: boolean;
  readonly subscriber: string | null;
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

type Store = Pick<Parts, 'persistence'>;
type Operating = Pick<Parts, 'persistence' | 'operatingTransact'>;

const readerOf = ({ persistence }: Store) => persistence.outside.outbox;

const requireSubscriber = async (store: Store, name: string): Promise<void> => {
  const known = (await readerOf(store).backlogs()).map(({ subscriber }) => subscriber);
  if (known.includes(name)) return;
  const others = known.length === 0 ? 'there is none yet' : `there are ${known.join(', ')}`;
  throw new Error(`there is no subscriber ${name}: ${others}`);
};

const filterOf = async (
  store: Store,
  { id, subscriber }: Omit<OutboxChoice, 'all'>,
): Promise<DeadLetterFilter> => {
  if (id !== null && !UUID.test(id))
    throw new Error(`ID must be the id of an event, as "outbox list" shows it, not ${id}`);
  if (subscriber !== null) await requireSubscriber(store, subscriber);
  return {
    ...(id !== null && { event: id as EventId }),
    ...(subscriber !== null && { subscriber }),
  };
};

const line = ({ event, subscriber, attempts }: Delivery): string =>
  [
    event.id,
    event.occurredAt.toISOString(),
    event.type,
    event.aggregateId,
    `version ${event.version}`,
    subscriber,
    `${attempts} attempts`,
  ].join('  ');

const ofSubscriber = (subscriber: string | null): string => (subscriber === null ? '' : ` for ${subscriber}`);

/** Lists dead-lettered deliveries, one a line, by subscriber and the oldest first. */
export const listDeadLettered = async (
  store: Store,
  { subscriber }: Pick<OutboxChoice, 'subscriber'>,
): Promise<string> => {
  const filter = await filterOf(store, { id: null, subscriber });
  const found = await readerOf(store).deadLettered(filter, LISTED + 1);
  if (found.length === 0) return `no event is dead-lettered${ofSubscriber(subscriber)}`;
  const more = found.length > LISTED ? [`and more than these ${LISTED}`] : [];
  return [...found.slice(0, LISTED).map(line), ...more].join('\n');
};

/** Makes dead-lettered deliveries due again; the running shop attempts them at its next poll. */
export const requeueDeadLettered = async (parts: Operating, choice: OutboxChoice): Promise<string> => {
  const { id, all, subscriber } = choice;
  if (all === (id !== null))
    throw new Error('outbox requeue takes either the ID of an event, as "outbox list" shows it, or --all');
  const filter = await filterOf(parts, choice);
  const requeueBatch = (): Promise<readonly Delivery[]> =>
    parts.operatingTransact(async ({ outbox, audit }) => {
      const requeued = await outbox.requeue(filter, BATCH);
      for (const event of new Set(requeued.map((delivery) => delivery.event.id)))
        await audit.record({ action: 'event.requeued', subject: event });
      return requeued;
    });
  let count = 0;
  let requeued: readonly Delivery[];
  do {
    requeued = await requeueBatch();
    count += requeued.length;
  } while (requeued.length === BATCH);
  if (count === 0) {
    const what = id === null ? 'no event' : `no event ${id}`;
    throw new Error(`${what} is dead-lettered${ofSubscriber(subscriber)}`);
  }
  return count === 1 ? '1 delivery is requeued' : `${count} deliveries are requeued`;
};

/** Lists the subscribers with the number of their waiting deliveries. */
export const listSubscribers = async (store: Store): Promise<string> => {
  const backlogs = await readerOf(store).backlogs();
  if (backlogs.length === 0)
    return 'there is no subscriber yet: the first start of the shop registers its own';
  const counted = (waiting: number): string => (waiting === COUNTED ? `${COUNTED} or more` : String(waiting));
  return backlogs
    .map(({ subscriber, types, waiting }) => `${subscriber}  ${counted(waiting)} waiting  ${types.join(' ')}`)
    .join('\n');
};

/** Removes a subscriber that no process runs any more, with its deliveries. Neither the shop's own nor its services can be removed. */
export const removeSubscriber = async (
  parts: Operating & Pick<Parts, 'config' | 'contexts' | 'remoteErasures'>,
  name: string,
): Promise<string> => {
  await requireSubscriber(parts, name);
  const own = [
    ...parts.config.contexts.flatMap((context) => parts.contexts[context].subscribers),
    ...parts.remoteErasures.subscribers,
  ];
  const services = parts.config.service === null ? [] : BACKEND_NAMES.map(serviceSubscriberName);
  if (services.includes(name) || own.some((subscriber) => subscriber.name === name))
    throw new Error(`${name} is part of the shop and cannot be unsubscribed`);
  const sources = parts.config.contexts.flatMap((context) => parts.contexts[context].sources);
  if (sources.some(({ prefix }) => name.startsWith(prefix)))
    throw new Error(`${name} is a webhook endpoint: an administrator deletes or disables it`);
  await parts.operatingTransact(async ({ outbox, audit }) => {
    const removed = await outbox.unsubscribe(name);
    if (removed > 0) await audit.record({ action: 'subscriber.removed', subject: null });
  });
  return `${name} is unsubscribed; it is subscribed again when a process that has it starts`;
};
