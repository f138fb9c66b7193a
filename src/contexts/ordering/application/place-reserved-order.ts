import type { Now } from '#src/kernel/clock.js';
import type { CustomerId, NewId, OrderId } from '#src/kernel/ids.js';
import { isDomainError } from '#src/kernel/errors.js';
import type { Transact, Work } from '#src/kernel/transact.js';
import { fail } from '../domain/errors.js';
import { orderEvent } from '../domain/events.js';
import { Order } from '../domain/order.js';
import { PLACED_WITHIN_MS, RESERVED_FOR_MS, type Placement } from '../domain/placement.js';
import type { Checkout, PlaceOrder } from './place-order.js';
import type { OrderingPorts, RequestKey, Reservations } from './ports.js';

interface Deps {
  readonly transact: Transact<OrderingPorts>;
  readonly reservations: Reservations;
  readonly newId: NewId;
  readonly now: Now;
  /** How many pending orders a customer may have; 0 for any number. */
  readonly maxPending: number;
}

/** Step: fails with `too_many_pending_orders`. Those that are being placed count as well. */
const requireRoom =
  ({ orders, placements }: Pick<OrderingPorts, 'orders' | 'placements'>) =>
  async (customerId: CustomerId, limit: number): Promise<void> => {
    const pending = await orders.countPending(customerId, limit);
    if (pending + (await placements.countPlacements(customerId, limit)) >= limit)
      throw fail('too_many_pending_orders', { limit });
  };

/**
 * Begins to place an order: the lines leave the cart. Returns null if the request's key has a reply already. Fails with
 * `request_in_progress` while another request with the key places an order.
 */
const begin =
  (
    { now, maxPending }: Pick<Deps, 'now' | 'maxPending'>,
    {
      id,
      customerId,
      address,
      key,
    }: { readonly id: OrderId; readonly customerId: CustomerId } & Pick<Checkout, 'address'> & {
        readonly key: RequestKey | undefined;
      },
  ): Work<OrderingPorts, Placement | null> =>
  async ({ buyers, addresses, carts, orders, placements, replies }) => {
    if (key !== undefined && (await replies.has(key))) return null;
    await buyers.admit(customerId);
    const inBook = await addresses.choose(customerId, typeof address === 'string' ? address : undefined);
    const lines = await carts.checkOut(customerId);
    if (lines.length === 0) throw fail('cart_empty');
    if (maxPending > 0) await requireRoom({ orders, placements })(customerId, maxPending);
    const placement: Placement = {
      id,
      customerId,
      keyId: key?.id ?? null,
      lines: lines.map(({ productId, quantity }) => ({ productId, quantity })),
      shippingAddress: typeof address === 'object' ? address : inBook,
      expiresAt: new Date(now().getTime() + PLACED_WITHIN_MS),
    };
    await placements.add(placement);
    return placement;
  };

/** Returns the lines of a placement to the cart, once; false if it has ended before, perhaps as an order. */
const abandon =
  (id: OrderId): Work<OrderingPorts, boolean> =>
  async ({ placements, carts }) => {
    const placement = await placements.take(id);
    if (placement === null) return false;
    await carts.putBack(placement.customerId, placement.lines);
    return true;
  };

/** Ends a placement without an order: lines and stock return. Stock that can't be released now returns when its reservation expires. */
export const endPlacement =
  ({
    transact,
    reservations,
  }: {
    readonly transact: Transact<OrderingPorts>;
    readonly reservations: Pick<Reservations, 'release'>;
  }) =>
  async (id: OrderId): Promise<void> => {
    if (await transact(abandon(id))) await reservations.release(id).catch(() => undefined);
  };

/**
 * Places an order whose stock is in another process, with the same results as `placeOrder`. First the lines leave the cart for a
 * placement; then their stock is reserved; then the command's transaction makes the placement an order, whose event confirms the
 * reservation. Whatever fails or dies in between, the placement ends and its lines return, and so does the stock
 * (docs/adr/0053-an-order-is-placed-across-services-by-a-saga.md). Fails with `placement_expired` if it has ended before the
 * order could be stored, and with what reserving fails with.
 */
export const placeReservedOrder =
  ({ transact, reservations, newId, ...deps }: Deps): PlaceOrder =>
  async (customerId, { address, expectedTotal }, id = newId<OrderId>(), key) => {
    const placedAt = deps.now();
    const placement = await transact(begin(deps, { id, customerId, address, key }));
    // The command finds the stored reply before it would come to this work.
    if (placement === null) return () => Promise.reject(fail('placement_expired'));
    const place = async (): Promise<(attempt: number) => Order> => {
      const lines = await reservations.reserve(id, placement.lines, RESERVED_FOR_MS);
      // Once more: disabled from here on, the account's event finds the placement or the order.
      await transact(({ buyers }) => buyers.admit(customerId));
      const { shippingAddress } = placement;
      const placed = (attempt: number): Order =>
        Order.place({ id, customerId, lines, shippingAddress, expectedTotal, placedAt, attempt });
      placed(0); // may refuse the total
      return placed;
    };
    const placed = await place().catch(async (refusal: unknown) => {
      await endPlacement({ transact, reservations })(id); // if it fails, `endOverduePlacements` does it
      // The placement was ended, and its stock released, while the reservation was on its way.
      const isLate = isDomainError(refusal) && refusal.code === 'reservation_lapsed';
      throw isLate ? fail('placement_expired') : refusal;
    });
    let attempts = 0;
    return async ({ placements, orders, events }) => {
      if ((await placements.take(id)) === null) throw fail('placement_expired');
      const order = placed(attempts);
      attempts += 1;
      await orders.add(order);
      await events.append(orderEvent(order));
      return order;
    };
  };
