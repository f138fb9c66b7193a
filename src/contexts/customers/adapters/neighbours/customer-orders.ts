import { releaseCustomer, type OrderingPorts } from '../../../ordering/public.js';
import type { Orders } from '../../application/ports.js';

export const customerOrders = (
  ports: Pick<OrderingPorts, 'orders' | 'stock' | 'events' | 'now'>,
): Orders => ({
  release: (customer) => releaseCustomer(ports)(customer),
});
