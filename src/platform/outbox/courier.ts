import type { Logger } from 'pino';
import type { Transact } from '#src/kernel/transact.js';
import { jittered, loop, type Availability, type Loop } from './loop.js';
import type {
  Claimant,
  ClaimedDelivery,
  Outcome,
  OutboxReader,
  OutboxRepository,
  Settlement,
} from './outbox.js';
import { deliverTo, isRetryLater, type DeliveryOptions, type Subscriber } from './subscriber.js';

export interface CourierDeps {
  /** Outside any transaction. */
  readonly outbox: Pick<OutboxReader, 'due' | 'backlogs'>;
  readonly transact: Transact<{ readonly outbox: OutboxRepository }>;
  readonly newClaimId: () => string;
  readonly logger: Logger;
  readonly store: Availability;
}

export interface Courier extends Loop {
  /** Takes all free places for deliveries that a dispatch claims; `begin` has to follow. */
  reserve(): Claimant;
  /** Begins the deliveries that were claimed, and frees the places that are left. */
  begin(reserved: Claimant, claimed: readonly ClaimedDelivery[]): void;
}

/** Makes the deliveries of one subscriber, with attempts and pauses of its own: it waits for no other subscriber. */
export const courier = (
  subscriber: Subscriber,
  { outbox, transact, newClaimId, logger, store }: CourierDeps,
  { concurrency, deliverWithinMs, maxAttempts, firstPauseMs, longestPauseMs, pollMs }: DeliveryOptions,
): Courier => {
  const { name, types } = subscriber;
  const deliver = deliverTo(subscriber, deliverWithinMs);
  const finished: Settlement[] = [];
  /** Deliveries that are made, and places that are reserved. */
  let inFlight = 0;
  /** Whether the last look for due deliveries found no free place. */
  let isCrowded = false;
  let isEnding = false;

  const idsOf = ({ event: { id, type, aggregateId, version, data } }: ClaimedDelivery) => ({
    subscriber: name,
    event: { id, type, aggregateId, version, ...data },
  });

  const deadLetter = (delivery: ClaimedDelivery, problem: object): Outcome => {
    logger.error(
      { ...idsOf(delivery), ...problem },
      'event dead-lettered: further events of its aggregate wait for an operator, for this subscriber',
    );
    return { is: 'dead_lettered' };
  };

  const attempt = async (delivery: ClaimedDelivery): Promise<Outcome> => {
    const { event, attempts } = delivery;
    // The relay that made the last attempt died during it.
    if (attempts > maxAttempts) return deadLetter(delivery, { attempts });
    try {
      await deliver(event, { number: attempts, isLast: attempts === maxAttempts });
      logger.info(idsOf(delivery), 'event delivered');
      return { is: 'delivered' };
    } catch (err) {
      if (attempts === maxAttempts) return deadLetter(delivery, { attempts, err });
      logger.warn({ ...idsOf(delivery), attempts, err }, 'event not delivered; will be retried');
      const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** (attempts - 1));
      const wanted = isRetryLater(err) ? err.retryInMs : 0;
      return { is: 'failed', retryInMs: Math.max(wanted, jittered(pauseMs)) };
    }
  };

  const make = (delivery: ClaimedDelivery): void => {
    void attempt(delivery).then((outcome) => {
      inFlight -= 1;
      finished.push({ delivery, outcome });
      work.wake();
    });
  };

  /** Returns whether the subscription is still there: with it, its deliveries are removed on purpose. */
  const isSubscribed = async (): Promise<boolean> =>
    (await outbox.backlogs()).some(({ subscriber: stored }) => stored === name);

  /** Stores the results of all attempts that have ended since the last call, in one transaction. */
  const settle = async (): Promise<void> => {
    const settlements = [...finished];
    if (settlements.length === 0) return;
    const settled = await transact((ports) => ports.outbox.settle(settlements));
    finished.splice(0, settlements.length);
    if (settled < settlements.length && (await isSubscribed()))
      logger.warn(
        { subscriber: name, events: settlements.length - settled },
        'events exceeded their lease and may be delivered twice',
      );
  };

  const reserve = (): Claimant => {
    const limit = Math.max(0, concurrency - inFlight);
    inFlight += limit;
    return { subscriber: name, types, claimId: newClaimId(), leaseMs: 2 * deliverWithinMs, limit };
  };
  const begin = ({ limit }: Claimant, claimed: readonly ClaimedDelivery[]): void => {
    inFlight -= limit - claimed.length;
    claimed.forEach(make);
  };

  const claim = async (): Promise<number> => {
    const reserved = reserve();
    let claimed: readonly ClaimedDelivery[] = [];
    isCrowded = reserved.limit === 0;
    if (isCrowded) return 0;
    try {
      // Outside a transaction, so that an idle relay locks nothing.
      const ids = await outbox.due({ subscriber: name, types }, reserved.limit);
      if (ids.length > 0) claimed = await transact((ports) => ports.outbox.claim(name, ids, reserved));
    } finally {
      begin(reserved, claimed);
    }
    return claimed.length;
  };

  const work: Loop = loop(
    {
      step: async (isStopping) => {
        isEnding = isStopping;
        await settle();
        return !isStopping && (await claim()) > 0;
      },
      // While stopping, a result that cannot be stored leads to a repeated attempt after the lease has expired.
      isIdle: (isAway) => inFlight === 0 && (finished.length === 0 || isAway),
    },
    pollMs,
    store,
  );
  return {
    ...work,
    reserve,
    begin: (reserved, claimed) => {
      begin(reserved, claimed);
      if (isCrowded || isEnding) work.wake();
    },
  };
};
