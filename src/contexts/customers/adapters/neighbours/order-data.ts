import { Money } from '../../../../kernel/money.js';
import { everyOrder, Order, type OrderingPorts } from '../../../ordering/public.js';
import type { PersonalData } from '../../application/ports.js';

const viewOrder = ({ id, status, lines, total, shippingAddress, createdAt, updatedAt }: Order) => ({
  id,
  status,
  products: lines.map((line) => ({
    productId: line.productId,
    name: line.name,
    unitPrice: Money.toMajor(line.unitPrice),
    quantity: line.quantity,
    lineTotal: Money.toMajor(Order.lineTotal(line)),
  })),
  totalPrice: Money.toMajor(total),
  currency: total.currency.code,
  shippingAddress,
  createdAt: createdAt.toISOString(),
  updatedAt: updatedAt.toISOString(),
});

export const orderData = (ports: Pick<OrderingPorts, 'orders'>): PersonalData => ({
  of: async (customer) => ({ orders: (await everyOrder(ports)(customer)).map(viewOrder) }),
});
