import { Op } from 'sequelize';
import { failWrite } from '../../kernel/errors.js';
import { code, instant, longText, nullable, primaryKey, uuid } from '../database/columns.js';
import { isLockTimeout } from '../database/database-errors.js';
import { deleteRows, findRow, findRows, insertRow, updateRows } from '../database/rows.js';
import type { SqlScope } from '../database/scope.js';
import { defineTable, defineTables } from '../database/tables.js';
import { claimed, failReplay, hasExpired, replyIn, type Replies } from './replies.js';

export const replyTables = defineTables((db) => ({
  keys: defineTable(db, 'idempotency_keys', {
    id: primaryKey(code(64)),
    caller: uuid(),
    fingerprint: code(64),
    reply: nullable(longText()),
    subject: nullable(uuid()),
    createdAt: instant(),
  }),
}));

const TAKEN = { idempotency_keys_pkey: () => failWrite('stale_write') };

export const sequelizeReplies = (scope: SqlScope): Replies => {
  const { keys } = replyTables(scope.sequelize);
  return {
    claim: async (key) => {
      try {
        await insertRow(keys, claimed(key), scope, TAKEN);
      } catch (error) {
        throw isLockTimeout(error) ? failReplay('request_in_progress') : error;
      }
    },
    find: async (key) => {
      const row = await findRow(keys, { id: key.id }, scope);
      if (row === null) return null;
      if (!hasExpired(row, key)) return replyIn(row, key);
      // Of two who find it expired, one removes it; the other's claim decides who goes on.
      await deleteRows(keys, { id: key.id, createdAt: row.createdAt }, scope);
      return null;
    },
    keep: async ({ id }, reply, subject) => {
      const touched = await updateRows(keys, { reply: JSON.stringify(reply), subject }, { id }, scope);
      if (touched === 0) throw new Error('an answer was kept under a key that nobody has claimed');
    },
    // One after the other: each by its own index.
    forget: async (person) => {
      await deleteRows(keys, { caller: person }, scope);
      await deleteRows(keys, { subject: person }, scope);
    },
    purge: async (before, limit) => {
      const where = { createdAt: { [Op.lt]: before } };
      const old = await findRows(keys, { where, order: [['createdAt', 'asc']], limit }, scope);
      return old.length === 0
        ? 0
        : deleteRows(keys, { id: { [Op.in]: old.map(({ id }) => id).sort() } }, scope);
    },
  };
};
