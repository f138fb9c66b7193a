import Joi from 'joi';
import { Money } from '#src/kernel/money.js';
import type { ReplyOptions } from '#src/platform/http/routes/reply.js';
import { amount, answer, pageOf, timestamp, uuid } from '#src/platform/http/routes/schemas.js';
import { versionTag } from '#src/platform/http/pipeline/preconditions.js';
import { Order, ORDER_STATUSES, type OrderLine } from '../../domain/order.js';

export const orderBody = answer('Order', {
  orderId: uuid().description('The same as `id`'),
  id: uuid(),
  userId: uuid().description('Who ordered; a pseudonym once the customer is erased'),
  status: Joi.string().valid(...ORDER_STATUSES),
  products: Joi.array()
    .items(
      answer('OrderLine', {
        productId: uuid(),
        name: Joi.string(),
        unitPrice: amount(),
        quantity: Joi.number().integer(),
        lineTotal: amount(),
      }),
    )
    .description('Names and prices as they were when the order was placed'),
  totalPrice: amount().description('The sum of the lines'),
  currency: Joi.string().description('ISO 4217'),
  shippingAddress: answer('ShippingAddress', {
    name: Joi.string().allow(null).description('Who receives it, when it is not the customer'),
    line1: Joi.string(),
    line2: Joi.string().allow(null),
    city: Joi.string(),
    region: Joi.string().allow(null).description('State, province or county'),
    postalCode: Joi.string().allow(null),
    country: Joi.string().description('ISO 3166-1 alpha-2'),
    phone: Joi.string().allow(null),
  })
    .allow(null)
    .description('null when the order was placed without one, and once the customer is erased'),
  createdAt: timestamp(),
  updatedAt: timestamp(),
});

export const orderPage = pageOf('OrderPage', orderBody);

const viewLine = (line: OrderLine) => ({
  productId: line.productId,
  name: line.name,
  unitPrice: Money.toMajor(line.unitPrice),
  quantity: line.quantity,
  lineTotal: Money.toMajor(Order.lineTotal(line)),
});

export const viewOrder = (order: Order) => ({
  orderId: order.id,
  id: order.id,
  userId: order.customerId,
  status: order.status,
  products: order.lines.map(viewLine),
  totalPrice: Money.toMajor(order.total),
  currency: order.total.currency.code,
  shippingAddress: order.shippingAddress && {
    name: order.shippingAddress.name,
    line1: order.shippingAddress.line1,
    line2: order.shippingAddress.line2,
    city: order.shippingAddress.city,
    region: order.shippingAddress.region,
    postalCode: order.shippingAddress.postalCode,
    country: order.shippingAddress.country,
    phone: order.shippingAddress.phone,
  },
  createdAt: order.createdAt.toISOString(),
  updatedAt: order.updatedAt.toISOString(),
});

export const orderTag = ({ version }: Order): ReplyOptions => ({ etag: versionTag(version) });
