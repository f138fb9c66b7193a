import type { Sequelize } from 'sequelize';
import type { KeyedTable } from '#src/platform/database/rebuild-keys.js';
import { repairEmailAddress, parseEmailAddress } from '#src/platform/email-address.js';
import { accountTables, type UserRow } from './account-tables.js';

/** A repaired address is another address, which is not yet verified. */
const keysOf = ({ email }: UserRow): Partial<UserRow> | null => {
  const address = parseEmailAddress(email);
  if (address !== null) return { email: address.text, emailKey: address.key };
  const mended = repairEmailAddress(email);
  return mended && { email: mended.text, emailKey: mended.key, emailVerifiedAt: null };
};

/** Returns which of two users with one mailbox has the address: the one who has verified it, else the older one. */
const precedes = (one: UserRow, other: UserRow): boolean => {
  const [verified, rivalVerified] = [one.emailVerifiedAt !== null, other.emailVerifiedAt !== null];
  if (verified !== rivalVerified) return verified;
  const older = other.createdAt.getTime() - one.createdAt.getTime();
  return older === 0 ? one.id < other.id : older > 0;
};

/** Computes the keys of the users' e-mail addresses. */
export const emailKeys = (sequelize: Sequelize): KeyedTable<UserRow> => ({
  table: accountTables(sequelize).users,
  keysOf,
  unique: { column: 'emailKey', precedes },
});
