import type { Sequelize } from 'sequelize';
import type { KeyedTable } from '#src/platform/database/rebuild-keys.js';
import { repairEmailAddress, parseEmailAddress } from '#src/platform/email-address.js';
import { joinWords } from '#src/kernel/words.js';
import { Customer } from '../../domain/customer.js';
import { customerTables, type CustomerRow } from './customer-tables.js';

/** The address is a copy of the account's, and changes with it. */
const emailOf = ({ email }: CustomerRow): string =>
  (parseEmailAddress(email) ?? repairEmailAddress(email))?.text ?? email;

const wordsOf = (row: CustomerRow): readonly string[] =>
  Customer.words({ name: row.name, email: emailOf(row) });

/** Computes the keys by which customers are found. */
export const customerKeys = (sequelize: Sequelize): KeyedTable<CustomerRow> => ({
  table: customerTables(sequelize).customers,
  keysOf: (row) => ({ email: emailOf(row), searchKey: joinWords(wordsOf(row)) }),
  words: { table: customerTables(sequelize).words, owner: 'customerId', wordsOf },
});
