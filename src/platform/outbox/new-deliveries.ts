import type { Claimant, ClaimedDelivery, Dispatched, OutboxEvent } from './outbox.js';
import { aggregateOf } from './outbox.js';

/** A delivery that a dispatch makes; `claimant` has claimed it, if any. */
export interface NewDelivery {
  readonly event: OutboxEvent;
  readonly subscriber: string;
  readonly claimant: Claimant | null;
}

/** A subscriber to an event that is about to be dispatched. */
export interface Addressee {
  readonly event: OutboxEvent;
  readonly subscriber: string;
  /** Whether an earlier event of the aggregate waits for the subscriber. */
  readonly isBlocked: boolean;
}

/** Returns the deliveries to make, in the order of their events; claims for each claimant the first ones that are due. */
export const newDeliveries = (
  addressees: readonly Addressee[],
  claimants: readonly Claimant[],
): readonly NewDelivery[] => {
  const places = new Map(
    claimants.map((claimant) => [claimant.subscriber, { claimant, left: claimant.limit }]),
  );
  const waiting = new Set<string>();
  return addressees.map(({ event, subscriber, isBlocked }) => {
    const aggregate = `${subscriber} ${aggregateOf(event)} ${event.aggregateId}`;
    const isFirst = !isBlocked && !waiting.has(aggregate);
    waiting.add(aggregate);
    const place = places.get(subscriber);
    const isClaimed =
      isFirst && place !== undefined && place.left > 0 && place.claimant.types.includes(event.type);
    if (isClaimed) place.left -= 1;
    return { event, subscriber, claimant: isClaimed ? place.claimant : null };
  });
};

/** Returns what a dispatch has done. */
export const dispatched = (events: readonly OutboxEvent[], made: readonly NewDelivery[]): Dispatched => ({
  events,
  claimed: made.flatMap(({ event, subscriber, claimant }): readonly ClaimedDelivery[] =>
    claimant === null ? [] : [{ event, subscriber, attempts: 1, claimId: claimant.claimId }],
  ),
  waiting: new Set(made.flatMap(({ subscriber, claimant }) => (claimant === null ? [subscriber] : []))),
});
