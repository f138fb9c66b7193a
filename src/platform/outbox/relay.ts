import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Transact } from '#src/kernel/transact.js';
import { courier, type Courier } from './courier.js';
import { availability, jittered, loop, type Loop } from './loop.js';
import type { Dispatched, OutboxEvent, OutboxReader, OutboxRepository } from './outbox.js';
import {
  requireNames,
  type DeliveryOptions,
  type SourceSubscriber,
  type Subscriber,
  type SubscriberSource,
} from './subscriber.js';

export interface RelayOptions extends Partial<DeliveryOptions> {
  /** Maximum number of events that one transaction dispatches. */
  readonly dispatchBatch?: number;
  /** Milliseconds for which events are stored after they were dispatched; longer while a subscriber waits for them. */
  readonly keepMs?: number;
  readonly purgeEveryMs?: number;
  /** Maximum number of events that one transaction purges. */
  readonly purgeBatch?: number;
}

export interface RelayDeps {
  /** Outside any transaction. */
  readonly outbox: OutboxReader;
  readonly transact: Transact<{ readonly outbox: OutboxRepository }>;
  readonly subscribers: readonly Subscriber[];
  readonly sources?: readonly SubscriberSource[];
  readonly newClaimId: () => string;
  readonly logger: Logger;
}

/** Delivers the events of one outbox. Any number of relays, in any number of processes, may run at once. */
export type Relay = Loop;

const DEFAULTS: Required<RelayOptions> = {
  concurrency: 16,
  deliverWithinMs: 10_000,
  maxAttempts: 10,
  firstPauseMs: 1_000,
  longestPauseMs: 300_000,
  pollMs: 1_000,
  dispatchBatch: 100,
  keepMs: 7 * 24 * 3_600_000,
  purgeEveryMs: 60_000,
  purgeBatch: 1_000,
};

const idsOf = ({ id, type, aggregateId, version, data }: OutboxEvent) => ({
  event: { id, type, aggregateId, version, ...data },
});

export const outboxRelay = (
  { outbox, transact, subscribers, sources = [], newClaimId, logger }: RelayDeps,
  options: RelayOptions = {},
): Relay => {
  const settings = { ...DEFAULTS, ...options };
  const { deliverWithinMs, pollMs, dispatchBatch, keepMs, purgeEveryMs, purgeBatch } = settings;
  requireNames(subscribers);
  const store = availability(logger);
  const courierOf = (subscriber: Subscriber): Courier =>
    courier(
      subscriber,
      { outbox, transact, newClaimId, logger, store },
      { ...settings, ...subscriber.delivery },
    );
  const couriers = new Map(subscribers.map((subscriber) => [subscriber.name, courierOf(subscriber)]));
  const own = new Set(couriers.keys());
  const isOfSource = (name: string): boolean => sources.some(({ prefix }) => name.startsWith(prefix));
  /** Couriers of subscribers that are gone, until their last attempts have ended. */
  const ending = new Map<string, Promise<void>>();
  let isSubscribed = false;
  let isStopped = false;
  /** Whether this process has stored events since the last dispatch, so that there is no need to ask for some. */
  let isWoken = false;
  let nextLook = 0;
  let nextPurge = performance.now() + jittered(purgeEveryMs);

  /** Runs before the first event is dispatched here: every relay dispatches to all stored subscriptions. */
  const subscribe = async (): Promise<void> => {
    if (isSubscribed) return;
    const listed = (await Promise.all(sources.map((source) => source.list()))).flat();
    const stored = await outbox.backlogs();
    // Those of sources are stored by transactions of the shop, except in a database to which its data was moved.
    const missing = listed.filter(
      ({ subscriber: { name } }) => !stored.some((each) => each.subscriber === name),
    );
    await transact(async (ports) => {
      for (const { name, types } of subscribers) await ports.outbox.subscribe({ subscriber: name, types });
      for (const { subscriber, subscribed } of missing)
        await ports.outbox.subscribe({ subscriber: subscriber.name, types: subscribed });
    });
    isSubscribed = true;
    for (const { subscriber, waiting } of stored)
      if (waiting > 0 && !own.has(subscriber) && !isOfSource(subscriber))
        logger.warn(
          { subscriber, waiting },
          'deliveries wait for a subscriber that this process does not have; see docs/operations.md',
        );
  };

  const end = (name: string, work: Courier): void => {
    couriers.delete(name);
    ending.set(
      name,
      work.stop().then(() => {
        ending.delete(name);
      }),
    );
  };

  const begin = ({ subscriber }: SourceSubscriber): void => {
    const { name } = subscriber;
    if (isStopped || couriers.has(name) || ending.has(name)) return;
    const work = courierOf(subscriber);
    couriers.set(name, work);
    work.start();
  };

  /** Begins and ends couriers, so that each subscriber that a source has now has one. */
  const look = async (): Promise<void> => {
    if (sources.length === 0 || performance.now() < nextLook) return;
    nextLook = performance.now() + pollMs;
    const listed = (await Promise.all(sources.map((source) => source.list()))).flat();
    const names = new Set(listed.map(({ subscriber }) => subscriber.name));
    for (const [name, work] of couriers) if (!own.has(name) && !names.has(name)) end(name, work);
    listed.forEach(begin);
  };

  const dispatch = async (): Promise<number> => {
    const mayBeSome = isWoken;
    isWoken = false;
    // Outside a transaction, so that an idle relay locks nothing.
    if (!mayBeSome && !(await outbox.hasUndispatched())) return 0;
    const reserved = [...couriers].map(([name, work]) => ({ name, work, claimant: work.reserve() }));
    let done: Dispatched = { events: [], claimed: [], waiting: new Set() };
    try {
      done = await transact(async (ports) => {
        const claimants = reserved.map(({ claimant }) => claimant);
        const dispatched = await ports.outbox.dispatchAndClaim(dispatchBatch, claimants);
        // Before the commit: a process that dies after it would have logged nothing.
        for (const event of dispatched.events) logger.info(idsOf(event), 'event');
        return dispatched;
      });
    } finally {
      for (const { name, work, claimant } of reserved) {
        work.begin(
          claimant,
          done.claimed.filter(({ subscriber }) => subscriber === name),
        );
        if (done.waiting.has(name)) work.wake();
      }
    }
    // A subscriber that came since the last look.
    if ([...done.waiting].some((name) => isOfSource(name) && !couriers.has(name))) nextLook = 0;
    return done.events.length;
  };

  const purge = async (): Promise<void> => {
    if (performance.now() < nextPurge) return;
    const purged = await transact((ports) => ports.outbox.purge(keepMs, purgeBatch));
    if (purged < purgeBatch) nextPurge = performance.now() + jittered(purgeEveryMs);
  };

  const dispatcher = loop(
    {
      step: async (isStopping) => {
        if (isStopping) return false;
        await subscribe();
        await look();
        const dispatched = await dispatch();
        await purge();
        return dispatched === dispatchBatch;
      },
      isIdle: () => true,
    },
    pollMs,
    store,
  );

  return {
    start: () => {
      dispatcher.start();
      for (const work of couriers.values()) work.start();
    },
    wake: () => {
      isWoken = true;
      dispatcher.wake();
    },
    stop: async () => {
      isStopped = true;
      const stopped = Promise.all([
        dispatcher.stop(),
        ...[...couriers.values()].map((work) => work.stop()),
        ...ending.values(),
      ]);
      await Promise.race([stopped, sleep(2 * deliverWithinMs, undefined, { ref: false })]);
    },
  };
};
