import type { OrderId } from '../../../kernel/ids.js';
import type { Position } from '../../../kernel/page.js';
import type { Transact } from '../../../kernel/transact.js';
import { BulkCancellation, type BulkCancellationId } from '../domain/bulk-cancellation.js';
import { bulkCancellationEvent } from '../domain/events.js';
import type { OrderFilter, OrderingPorts } from './ports.js';
import { settleCancellation } from './settle-cancellation.js';

/** Orders of one batch. Each is cancelled in a transaction of its own, so that none locks the stock of several. */
const BATCH = 25;

const filterOf = ({ customerId, from, to }: BulkCancellation): OrderFilter => ({
  status: 'pending',
  ...(customerId !== null && { customerId }),
  ...(from !== null && { from }),
  ...(to !== null && { to }),
});

interface Batch {
  readonly bulk: BulkCancellation;
  readonly orders: readonly OrderId[];
  /** Where the batch ends; null when it is the last one. */
  readonly end: Position | null;
}

/** Step: the batch that the version asks for; null when it was done before. */
const readBatch =
  ({ bulkCancellations, orders }: Pick<OrderingPorts, 'bulkCancellations' | 'orders'>) =>
  async (id: BulkCancellationId, version: number): Promise<Batch | null> => {
    const bulk = await bulkCancellations.find(id);
    if (bulk?.version !== version || bulk.finishedAt !== null) return null;
    const page = await orders.listHeads(filterOf(bulk), { limit: BATCH, after: bulk.after });
    return { bulk, orders: page.items.map((order) => order.id), end: page.next };
  };

/**
 * Step: cancels one order, unless it has moved on meanwhile. Returns whether the cancellation still applies: a user who was
 * enabled again keeps the orders that are left.
 */
const cancelOne =
  (ports: OrderingPorts) =>
  async ({ id, reason, customerId, requestedBy }: BulkCancellation, orderId: OrderId): Promise<boolean> => {
    const { buyers, orders, bulkCancellations, audit } = ports;
    const ofDisabledUser = reason === 'user_disabled' && customerId !== null;
    if (ofDisabledUser && (await buyers.isEnabled(customerId))) return false;
    const order = await orders.find(orderId);
    if (order?.status !== 'pending') return true;
    await settleCancellation(ports)(order);
    await bulkCancellations.count(id);
    await audit.record({
      action: 'order.cancelled',
      subject: orderId,
      ...(requestedBy !== null && { actor: requestedBy }),
    });
    return true;
  };

/** Step: stores where the batch has ended, or that it was the last one, and else appends the event of the next one. */
const endBatch =
  ({ bulkCancellations, events, now }: Pick<OrderingPorts, 'bulkCancellations' | 'events' | 'now'>) =>
  async (id: BulkCancellationId, version: number, end: Position | null): Promise<void> => {
    const bulk = await bulkCancellations.find(id);
    if (bulk?.version !== version) return; // delivered twice at the same time, and the other one was faster
    const advanced = BulkCancellation.advance(bulk, end, now());
    await bulkCancellations.update(advanced);
    if (end !== null) await events.append(bulkCancellationEvent({ ...advanced, version: version + 1 }));
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
    for (const orderId of batch.orders) {
      signal.throwIfAborted();
      if (await transact((ports) => cancelOne(ports)(batch.bulk, orderId))) continue;
      end = null;
      break;
    }
    await transact((ports) => endBatch(ports)(id, version, end));
  };
