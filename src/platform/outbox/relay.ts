import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Transact } from '#src/kernel/transact.js';
import { courier, type CourierOptions } from './courier.js';
import { availability, jittered, loop, type Loop } from './loop.js';
import type { Dispatched, OutboxEvent, OutboxReader, OutboxRepository } from './outbox.js';
import { requireNames, type Subscriber } from './subscriber.js';

export interface RelayOptions extends Partial<CourierOptions> {
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
  { outbox, transact, subscribers, newClaimId, logger }: RelayDeps,
  options: RelayOptions = {},
): Relay => {
  const settings = { ...DEFAULTS, ...options };
  const { deliverWithinMs, pollMs, dispatchBatch, keepMs, purgeEveryMs, purgeBatch } = settings;
  requireNames(subscribers);
  const store = availability(logger);
  const couriers = subscribers.map((subscriber) => ({
    name: subscriber.name,
    work: courier(subscriber, { outbox, transact, newClaimId, logger, store }, settings),
  }));
  let isSubscribed = false;
  /** Whether this process has stored events since the last dispatch, so that there is no need to ask for some. */
  let isWoken = false;
  let nextPurge = performance.now() + jittered(purgeEveryMs);

  /** Runs before the first event is dispatched here: every relay dispatches to all stored subscriptions. */
  const subscribe = async (): Promise<void> => {
    if (isSubscribed) return;
    await transact(async (ports) => {
      for (const { name, types } of subscribers) await ports.outbox.subscribe({ subscriber: name, types });
    });
    isSubscribed = true;
    const names = new Set(subscribers.map(({ name }) => name));
    for (const { subscriber, waiting } of await outbox.backlogs())
      if (waiting > 0 && !names.has(subscriber))
        logger.warn(
          { subscriber, waiting },
          'deliveries wait for a subscriber that this process does not have; see docs/operations.md',
        );
  };

  const dispatch = async (): Promise<number> => {
    const mayBeSome = isWoken;
    isWoken = false;
    // Outside a transaction, so that an idle relay locks nothing.
    if (!mayBeSome && !(await outbox.hasUndispatched())) return 0;
    const reserved = couriers.map(({ name, work }) => ({ name, work, claimant: work.reserve() }));
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
        const dispatched = await dispatch();
        await purge();
        return dispatched === dispatchBatch;
      },
      isIdle: () => true,
    },
    pollMs,
    store,
  );
  const loops = [dispatcher, ...couriers.map(({ work }) => work)];

  return {
    start: () => {
      for (const each of loops) each.start();
    },
    wake: () => {
      isWoken = true;
      dispatcher.wake();
    },
    stop: async () => {
      const stopped = Promise.all(loops.map((each) => each.stop()));
      await Promise.race([stopped, sleep(2 * deliverWithinMs, undefined, { ref: false })]);
    },
  };
};
