import type { Readable } from 'node:stream';
import Joi from 'joi';
import { jsonDocument } from '#src/platform/http/routes/json-document.js';
import { amount, answer, timestamp } from '#src/platform/http/routes/schemas.js';
import type { PersonalDataExport } from '../../application/export-personal-data.js';
import { addressContent, customerBody, nullableText, viewCustomer } from './customer-view.js';

// What the sources of personal data in adapters/neighbours answer with, as callers are told of it.

const sessionBody = answer('ExportedSession', {
  id: Joi.string().uuid(),
  device: nullableText(),
  address: nullableText(),
  createdAt: timestamp(),
  authenticatedAt: timestamp().description('The last time that its user gave their password'),
  lastUsedAt: timestamp().description('As in the list of sessions'),
  expiresAt: timestamp().description('As in the list of sessions'),
  endedAt: timestamp().allow(null),
});

const accountBody = answer('ExportedAccount', {
  id: Joi.string().uuid(),
  name: Joi.string(),
  email: Joi.string(),
  emailVerifiedAt: timestamp().allow(null),
  username: nullableText(),
  role: Joi.string().valid('customer', 'admin'),
  disabled: Joi.boolean(),
  createdAt: timestamp(),
  updatedAt: timestamp(),
  sessions: Joi.array().items(sessionBody),
});

const cartBody = answer('ExportedCart', {
  items: Joi.array().items(
    answer('ExportedCartItem', { productId: Joi.string().uuid(), quantity: Joi.number().integer() }),
  ),
});

const orderBody = answer('ExportedOrder', {
  id: Joi.string().uuid(),
  status: Joi.string().valid('pending', 'confirmed', 'shipped', 'delivered', 'cancelled'),
  products: Joi.array().items(
    answer('ExportedOrderLine', {
      productId: Joi.string().uuid(),
      name: Joi.string(),
      unitPrice: amount(),
      quantity: Joi.number().integer(),
      lineTotal: amount(),
    }),
  ),
  totalPrice: amount(),
  currency: Joi.string(),
  shippingAddress: answer('ExportedShippingAddress', addressContent).allow(null),
  createdAt: timestamp(),
  updatedAt: timestamp(),
});

const auditEntryBody = answer('ExportedAuditEntry', {
  id: Joi.string().uuid(),
  at: timestamp(),
  action: Joi.string().description('What was done, and to what kind of thing'),
  subjectId: Joi.string()
    .uuid()
    .allow(null)
    .description('What it was done to; my own id, or that of another thing'),
  by: Joi.string()
    .valid('me', 'administrator', 'unknown')
    .description('`unknown` when nobody was logged in, and for what the shop or its operator did'),
  addressHash: nullableText().description('Of the address that it was done from, as the shop keeps it'),
});

export const personalDataBody = answer('PersonalData', {
  customer: customerBody,
  account: accountBody,
  cart: cartBody,
  orders: Joi.array().items(orderBody).description('The latest first'),
  auditLog: Joi.array()
    .items(auditEntryBody)
    .description('What I did and what was done to my account, the latest first'),
});

/** The document as a stream, which reads the lists while it is sent. */
export const viewPersonalData = ({ customer, others, ...rest }: PersonalDataExport): Readable =>
  jsonDocument({ members: { customer: viewCustomer(customer), ...others }, ...rest });
