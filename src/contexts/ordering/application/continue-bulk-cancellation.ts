import type { OrderId } from '#src/kernel/ids.js';
import type { Page, PageRequest, Position } from '#src/kernel/page.js';
import type { Transact } from '#src/kernel/transact.js';
import { BulkCancellation, type BulkCancellationId } from '../domain/bulk-cancellation.js';
import { bulkCancellationEvent } from '../domain/events.js';
import { Order } from '../domain/order.js';
import type { OrderFilter, OrderHead, OrderingPorts } from './ports.js';
import { settleCancellation } from './cancel-order.js';

/** Pending orders of one batch. Each is cancelled in a transaction of its own, so that none locks the stock of several. */
const BATCH = 25;
/** Orders of one batch when their addresses are removed, which one statement does for those that are not pending. */
const ADDRESS_BATCH = 500;

const isErasure = ({ reason }: BulkCancellation): boolean => reason === 'customer_erased';

const filterOf = (bulk: BulkCancellation): OrderFilter => ({
  ...(!isErasure(bulk) && { status: 'pending' }),
  ...(bulk.customerId !== null && { customerId: bulk.customerId }),
  ...(bulk.from !== null && { from: bulk.from }),
  ...(bulk.to !== null && { to: bulk.to }),
});

const pageRequestOf = (bulk: BulkCancellation): PageRequest => ({
  limit: isErasure(bulk) ? ADDRESS_BATCH : BATCH,
  after: bulk.after,
});

/** Cuts a page off behind as many pending orders as a batch has. */
const cut = ({ items, next }: Page<OrderHead>): Page<OrderHead> => {
  const pending = items.filter(({ status }) => status === 'pending');
  const [last, following] = [pending[BATCH - 1], pending[BATCH]];
  if (last === undefined || following === undefined) return { items, next };
  return {
    items: items.slice(0, items.indexOf(last) + 1),
    next: { key: last.createdAt.getTime(), id: last.id },
  };
};

interface Batch {
  readonly bulk: BulkCancellation;
  readonly orders: readonly OrderHead[];
  /** Where the batch ends; null when it is the last one. */
  readonly end: Position | null;
}

/** Step: the batch that the version asks for; null when it was done before. */
const readBatch =
  ({ bulkCancellations, orders }: Pick<OrderingPorts, 'bulkCancellations' | 'orders'>) =>
  async (id: BulkCancellationId, version: number): Promise<Batch | null> => {
    const bulk = await bulkCancellations.find(id);
    if (bulk?.version !== version || bulk.finishedAt !== null) return null;
    const { items, next } = cut(await orders.listHeads(filterOf(bulk), pageRequestOf(bulk)));
    return { bulk, orders: items, end: next };
  };

/**
 * Step: cancels one order, unless it has moved on meanwhile. Returns whether the cancellation still applies: a user who was
 * enabled again keeps the orders that are left.
 */
const cancelOne =
  (ports: OrderingPorts) =>
  async (bulk: BulkCancellation, orderId: OrderId): Promise<boolean> => {
    const { buyers, orders, bulkCancellations, audit, now } = ports;
    const { id, reason, customerId, requestedBy } = bulk;
    const ofDisabledUser = reason === 'user_disabled' && customerId !== null;
    if (ofDisabledUser && (await buyers.isEnabled(customerId))) return false;
    const order = await orders.find(orderId);
    if (order?.status !== 'pending') return true;
    const cancel = isErasure(bulk) ? Order.cancelAndAnonymise : Order.cancel;
    await settleCancellation(ports)(cancel(order, now()));
    await bulkCancellations.count(id);
    // The audit log has one entry for the whole erasure.
    if (!isErasure(bulk))
      await audit.record({
        action: 'order.cancelled',
        subject: orderId,
        ...(requestedBy !== null && { actor: requestedBy }),
      });
    return true;
  };

/** Step: stores where the batch has ended, or that it was the last one, and else appends the event of the next one. */
const endBatch =
  ({ orders, bulkCancellations, events, now }: OrderingPorts) =>
  async ({ bulk: { id, version }, ...batch }: Batch): Promise<void> => {
    const bulk = await bulkCancellations.find(id);
    if (bulk?.version !== version) return; // delivered twice at the same time, and the other one was faster
    // Orders before their cancellation, as when one is cancelled.
    if (isErasure(bulk))
      await orders.removeAddresses(
        batch.orders.map((order) => order.id),
        now(),
      );
    const advanced = BulkCancellation.advance(bulk, batch.end, now());
    await bulkCancellations.update(advanced);
    if (batch.end !== null) await events.append(bulkCancellationEvent(advanced));
  };

/**
 * Does the batch of a bulk cancellation that its version asks for: nothing when that was done before, and the rest when a
 * process has died over it. Rejects when `signal` aborts.
 */
export const continueBulkCancellation =
  ({ transact }: { transact: Transact<OrderingPorts> }) =>
  async (
    id: BulkCancellationId,
    version: number,
    signal: { readonly throwIfAborted: () => void },
  ): Promise<void> => {
    const batch = await transact((ports) => readBatch(ports)(id, version));
    if (batch === null) return;
    let { end } = batch;
    for (const order of batch.orders) {
      if (order.status !== 'pending') continue;
      signal.throwIfAborted();
      if (await transact((ports) => cancelOne(ports)(batch.bulk, order.id))) continue;
      end = null;
      break;
    }
    await transact((ports) => endBatch(ports)({ ...batch, end }));
  };
