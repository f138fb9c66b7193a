import type { OrderId } from '#src/kernel/ids.js';
import { fail } from './errors.js';
import type { SoldLine, WantedLine } from './sale.js';

/**
 * - `reserved`: the stock is taken, and returned at `expiresAt` unless the order is placed.
 * - `confirmed`: the order is placed.
 * - `released`: the stock was returned, or never taken, because no order was placed in time.
 * - `failed`: the order was placed after the release, and there was not enough stock left to take it again.
 * - `cancelled`: the order was cancelled, and its stock returned.
 */
export const RESERVATION_STATES = ['reserved', 'confirmed', 'released', 'failed', 'cancelled'] as const;
export type ReservationState = (typeof RESERVATION_STATES)[number];

/** The stock of an order that another process places. */
export interface Reservation {
  readonly orderId: OrderId;
  readonly state: ReservationState;
  /** What the order takes; empty if no stock was ever taken for it. */
  readonly lines: readonly SoldLine[];
  /**
   * By the clock of the process that places the order. Where clocks differ, stock is released sooner or later than that process expects,
   * and taken again when the order is placed.
   */
  readonly expiresAt: Date;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/**
 * States after which nothing is expected but repetitions. A `failed` reservation is not among them: its order is not cancelled yet,
 * and that cancellation must find that there is no stock to return.
 */
export const SETTLED_STATES: readonly ReservationState[] = ['confirmed', 'released', 'cancelled'];

interface Opening {
  readonly orderId: OrderId;
  readonly expiresAt: Date;
  readonly at: Date;
}

/** Returns a reservation that has no lines yet. */
const open = ({ orderId, expiresAt, at }: Opening): Reservation => ({
  orderId,
  state: 'reserved',
  lines: [],
  expiresAt,
  version: 1,
  createdAt: at,
  updatedAt: at,
});

/** Returns a reservation without lines of an order for which there is none: it is settled before it began. */
const without = (
  orderId: OrderId,
  state: Exclude<ReservationState, 'reserved' | 'confirmed'>,
  at: Date,
): Reservation => ({ ...open({ orderId, expiresAt: at, at }), state });

/** Returns the reservation with the lines for which the stock was taken. */
const fill = (reservation: Reservation, lines: readonly SoldLine[]): Reservation => ({
  ...reservation,
  lines,
  version: reservation.version + 1,
});

const moveTo =
  (state: ReservationState) =>
  (reservation: Reservation, at: Date): Reservation => ({
    ...reservation,
    state,
    version: reservation.version + 1,
    updatedAt: at,
  });

const isSame = (lines: readonly WantedLine[], others: readonly WantedLine[]): boolean =>
  lines.length === others.length &&
  lines.every(({ productId, quantity }, at) => {
    const other = others[at];
    return other?.productId === productId && other.quantity === quantity;
  });

/**
 * Returns the lines for a repeated request to reserve. Fails with `reservation_lapsed` if they are not held any more; throws if
 * other lines were reserved for the order, which is a bug of the caller.
 */
const repeat = (
  { orderId, state, lines }: Reservation,
  wanted: readonly WantedLine[],
): readonly SoldLine[] => {
  if (state !== 'reserved' && state !== 'confirmed') throw fail('reservation_lapsed', { orderId });
  if (!isSame(lines, wanted)) throw new Error(`other lines are reserved for the order ${orderId}`);
  return lines;
};

/** Returns whether the order was not placed in time. */
const isOverdue = ({ state, expiresAt }: Reservation, at: Date): boolean =>
  state === 'reserved' && expiresAt < at;

export const Reservation = {
  open,
  without,
  fill,
  confirm: moveTo('confirmed'),
  release: moveTo('released'),
  fail: moveTo('failed'),
  cancel: moveTo('cancelled'),
  repeat,
  isOverdue,
};
