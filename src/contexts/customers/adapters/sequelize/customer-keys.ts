import type { Sequelize } from 'sequelize';
import type { KeyedTable } from '#src/platform/database/rebuild-keys.js';
import { repairEmailAddress, parseEmailAddress } from '#src/platform/email-address.js';
import { Customer } from '../../domain/customer.js';
import { customerTables, type CustomerRow } from './customer-tables.js';

/** The address is a copy of the account's, and changes with it. */
const keysOf = ({ name, email: stored }: CustomerRow): Partial<CustomerRow> => {
  const email = (parseEmailAddress(stored) ?? repairEmailAddress(stored))?.text ?? stored;
  return { email, searchKey: Customer.searchText({ name, email }) };
};

/** Computes the keys by which customers are found. */
export const customerKeys = (sequelize: Sequelize): KeyedTable<CustomerRow> => ({
  table: customerTables(sequelize).customers,
  keysOf,
});
