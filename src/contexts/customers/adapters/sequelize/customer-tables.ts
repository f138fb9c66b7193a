import type { AddressId, CustomerId } from '#src/kernel/ids.js';
import {
  code,
  instant,
  integer,
  longText,
  nullable,
  primaryKey,
  text,
  uuid,
  version,
} from '#src/platform/database/columns.js';
import { columnsOf, defineTable, defineTables, type RowIn } from '#src/platform/database/tables.js';
import { wordColumn } from '#src/platform/database/word-index.js';

export const customerTables = defineTables((sequelize) => ({
  customers: defineTable(sequelize, 'customers', {
    id: primaryKey(uuid<CustomerId>()),
    name: text(120),
    email: text(254),
    /** The customer's words as one text. */
    searchKey: longText(),
    phone: nullable(text(40)),
    version: version(),
    createdAt: instant(),
    updatedAt: instant(),
  }),
  words: defineTable(sequelize, 'customer_words', {
    word: primaryKey(wordColumn()),
    customerId: primaryKey(uuid<CustomerId>()),
  }),
  addresses: defineTable(sequelize, 'addresses', {
    id: primaryKey(uuid<AddressId>()),
    customerId: uuid<CustomerId>(),
    /** Rises through an address book; removed addresses leave gaps. */
    position: integer(),
    /** The customer, if this is their default address: it is unique, so that there cannot be a second one. */
    defaultFor: nullable(uuid<CustomerId>()),
    name: nullable(text(120)),
    line1: text(200),
    line2: nullable(text(200)),
    city: text(120),
    region: nullable(text(120)),
    postalCode: nullable(text(20)),
    country: code(2),
    phone: nullable(text(40)),
  }),
}));

/** What rows refer to. */
export const customerReferences = defineTables((sequelize) => {
  const { addresses } = customerTables(sequelize);
  const toAddresses = {
    column: 'id',
    to: addresses,
    key: 'customerId',
    columns: columnsOf(addresses),
  } as const;
  return { toAddresses: { ...toAddresses, optional: true } } as const;
});

type Tables = ReturnType<typeof customerTables>;
export type CustomerRow = RowIn<Tables['customers']>;
export type AddressRow = RowIn<Tables['addresses']>;
