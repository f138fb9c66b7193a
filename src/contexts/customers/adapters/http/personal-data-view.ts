import type { Readable } from 'node:stream';
import { jsonDocument } from '#src/platform/http/routes/json-document.js';
import { amount } from '#src/platform/http/routes/schemas.js';
import {
  array,
  boolean,
  integer,
  object,
  oneOf,
  string,
  timestamp,
  uuid,
} from '#src/platform/schema/schema.js';
import type { PersonalDataExport } from '../../application/export-personal-data.js';
import { addressContent, customerBody, nullableText, viewCustomer } from './customer-view.js';

// What the sources of personal data in adapters/neighbours answer with, as callers are told of it.

const sessionBody = object('ExportedSession', {
  id: uuid(),
  device: nullableText(),
  address: nullableText(),
  createdAt: timestamp(),
  authenticatedAt: timestamp().description('The last time that its user gave their password'),
  lastUsedAt: timestamp().description('As in the list of sessions'),
  expiresAt: timestamp().description('As in the list of sessions'),
  endedAt: timestamp().nullable(),
});

const accountBody = object('ExportedAccount', {
  id: uuid(),
  name: string(),
  email: string(),
  emailVerifiedAt: timestamp().nullable(),
  username: nullableText(),
  role: oneOf('customer', 'admin'),
  disabled: boolean(),
  createdAt: timestamp(),
  updatedAt: timestamp(),
  sessions: array(sessionBody),
});

const cartBody = object('ExportedCart', {
  items: array(object('ExportedCartItem', { productId: uuid(), quantity: integer() })),
});

const orderBody = object('ExportedOrder', {
  id: uuid(),
  status: oneOf('pending', 'confirmed', 'shipped', 'delivered', 'cancelled'),
  products: array(
    object('ExportedOrderLine', {
      productId: uuid(),
      name: string(),
      unitPrice: amount(),
      quantity: integer(),
      lineTotal: amount(),
    }),
  ),
  totalPrice: amount(),
  currency: string(),
  shippingAddress: object('ExportedShippingAddress', addressContent).nullable(),
  createdAt: timestamp(),
  updatedAt: timestamp(),
});

const auditEntryBody = object('ExportedAuditEntry', {
  id: uuid(),
  at: timestamp(),
  action: string().description('What was done, and to what kind of thing'),
  subjectId: uuid().nullable().description('What it was done to; my own id, or that of another thing'),
  by: oneOf('me', 'administrator', 'unknown').description(
    '`unknown` when nobody was logged in, and for what the shop or its operator did',
  ),
  addressHash: nullableText().description('Of the address that it was done from, as the shop keeps it'),
});

export const personalDataBody = object('PersonalData', {
  customer: customerBody,
  account: accountBody,
  cart: cartBody,
  orders: array(orderBody).description('The latest first'),
  auditLog: array(auditEntryBody).description('What I did and what was done to my account, the latest first'),
});

/** The document as a stream, which reads the lists while it is sent. */
export const viewPersonalData = ({ customer, others, ...rest }: PersonalDataExport): Readable =>
  jsonDocument({ members: { customer: viewCustomer(customer), ...others }, ...rest });
