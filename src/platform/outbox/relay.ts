import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Transact } from '#src/kernel/transact.js';
import { bell } from './bell.js';
import type { ClaimedEvent, Outcome, OutboxReader, OutboxRepository, Settlement } from './outbox.js';
import { deliverTo, type Subscriber } from './subscriber.js';

export interface RelayOptions {
  /** How many events are delivered at a time. */
  readonly concurrency?: number;
  /** How long all subscribers together may take with one event. A claim is leased for twice that time. */
  readonly deliverWithinMs?: number;
  /** How often an event is tried before it is parked; a relay that dies over it has tried it, too. */
  readonly maxTries?: number;
  /** The pause before the second try; it doubles with each further one, up to `longestPauseMs`. */
  readonly firstPauseMs?: number;
  readonly longestPauseMs?: number;
  /** How often to look for what other processes have appended, and for what is due again. */
  readonly pollMs?: number;
  /** How long delivered events are kept. */
  readonly keepMs?: number;
  readonly purgeEveryMs?: number;
  /** How many events one transaction purges at most. */
  readonly purgeBatch?: number;
}

export interface RelayDeps {
  /** Outside any transaction. */
  readonly outbox: Pick<OutboxReader, 'due'>;
  readonly transact: Transact<{ readonly outbox: OutboxRepository }>;
  readonly subscribers: readonly Subscriber[];
  readonly newClaimId: () => string;
  readonly logger: Logger;
}

/** Delivers the events of one outbox. Any number of relays, in as many processes, may do so at once. */
export interface Relay {
  start(): void;
  /** There may be something to deliver: look now rather than at the next poll. */
  wake(): void;
  /** Claims nothing more and resolves when what is being delivered has ended. */
  stop(): Promise<void>;
}

const DEFAULTS: Required<RelayOptions> = {
  concurrency: 16,
  deliverWithinMs: 10_000,
  maxTries: 10,
  firstPauseMs: 1_000,
  longestPauseMs: 300_000,
  pollMs: 1_000,
  keepMs: 7 * 24 * 3_600_000,
  purgeEveryMs: 60_000,
  purgeBatch: 1_000,
};

/** Between half and all of it, so that relays that met once do not meet again in step. */
const jittered = (ms: number): number => ms * (0.5 + Math.random() / 2);

const idsOf = ({ id, type, aggregateId, version, data }: ClaimedEvent) => ({
  event: { id, type, aggregateId, version, ...data },
});

export const outboxRelay = (
  { outbox, transact, subscribers, newClaimId, logger }: RelayDeps,
  options: RelayOptions = {},
): Relay => {
  const { concurrency, deliverWithinMs, maxTries, firstPauseMs, longestPauseMs, ...times } = {
    ...DEFAULTS,
    ...options,
  };
  const { pollMs, keepMs, purgeEveryMs, purgeBatch } = times;
  const deliver = deliverTo(subscribers, deliverWithinMs);
  const door = bell();
  const finished: Settlement[] = [];
  let inFlight = 0;
  let stopping = false;
  let isAway = false;
  let nextPurge = performance.now() + jittered(purgeEveryMs);
  let running: Promise<void> | undefined;

  const park = (event: ClaimedEvent, problem: object): Outcome => {
    logger.error({ ...idsOf(event), ...problem }, 'event parked: its aggregate waits for an operator');
    return { is: 'parked' };
  };

  const outcomeOf = async (claimed: ClaimedEvent): Promise<Outcome> => {
    const { claimId: _claimId, tries, ...event } = claimed;
    // Whoever had it the last time died over it.
    if (tries > maxTries) return park(claimed, { tries });
    try {
      await deliver(event);
      logger.info(idsOf(claimed), 'event');
      return { is: 'delivered', keepMs };
    } catch (err) {
      if (tries === maxTries) return park(claimed, { tries, err });
      logger.warn({ ...idsOf(claimed), tries, err }, 'event not delivered, to be tried again');
      return {
        is: 'failed',
        retryInMs: jittered(Math.min(longestPauseMs, firstPauseMs * 2 ** (tries - 1))),
      };
    }
  };

  const begin = (event: ClaimedEvent): void => {
    inFlight += 1;
    void outcomeOf(event).then((outcome) => {
      inFlight -= 1;
      finished.push({ event, outcome });
      door.ring();
    });
  };

  /** All that has ended since the last time, in one transaction. */
  const settle = async (): Promise<void> => {
    const settlements = [...finished];
    if (settlements.length === 0) return;
    const settled = await transact((ports) => ports.outbox.settle(settlements));
    finished.splice(0, settlements.length);
    if (settled < settlements.length)
      logger.warn({ events: settlements.length - settled }, 'events outlived their lease: delivered twice');
  };

  const claim = async (): Promise<number> => {
    const room = concurrency - inFlight;
    if (stopping || room <= 0) return 0;
    const ids = await outbox.due(room); // outside a transaction: an idle relay disturbs nobody
    if (ids.length === 0) return 0;
    const lease = { claimId: newClaimId(), leaseMs: 2 * deliverWithinMs };
    const claimed = await transact((ports) => ports.outbox.claim(ids, lease));
    claimed.forEach(begin);
    return claimed.length;
  };

  const purge = async (): Promise<void> => {
    if (stopping || performance.now() < nextPurge) return;
    const purged = await transact((ports) => ports.outbox.purge(purgeBatch));
    if (purged < purgeBatch) nextPurge = performance.now() + jittered(purgeEveryMs);
  };

  /** Whether there may be more to do at once. */
  const step = async (): Promise<boolean> => {
    try {
      await settle();
      const claimed = await claim();
      await purge();
      if (isAway) logger.info('the outbox can be reached again');
      isAway = false;
      return claimed > 0;
    } catch (err) {
      if (!isAway) logger.warn({ err }, 'the outbox cannot be reached; trying again');
      isAway = true;
      return false;
    }
  };

  /** What can't be settled while stopping is delivered again by whoever claims it when its lease has run out. */
  const isOver = (): boolean => stopping && inFlight === 0 && (finished.length === 0 || isAway);

  const run = async (): Promise<void> => {
    while (!isOver()) if (!(await step()) && !isOver()) await door.heard(jittered(pollMs));
  };

  return {
    start: () => {
      running ??= run();
    },
    wake: () => {
      door.ring();
    },
    stop: async () => {
      stopping = true;
      door.ring();
      await Promise.race([running, sleep(2 * deliverWithinMs, undefined, { ref: false })]);
    },
  };
};
