import { Op } from 'sequelize';
import { failWrite } from '#src/kernel/errors.js';
import {
  byteCount,
  code,
  instant,
  integer,
  longText,
  nullable,
  primaryKey,
  uuid,
} from '../database/columns.js';
import { isLockTimeout } from '../database/database-errors.js';
import {
  deleteRows,
  findColumns,
  findRow,
  insertRow,
  plus,
  updateRows,
  type Sql,
  type Where,
} from '../database/rows.js';
import { insertRowIf } from '../database/insert-if.js';
import { valuesOf } from '../database/lists.js';
import type { SqlScope } from '../database/scope.js';
import { defineTable, defineTables, type RowIn } from '../database/tables.js';
import {
  answered,
  bytesByCaller,
  claimed,
  failIdempotency,
  hasExpired,
  mostRecords,
  quotaExceeded,
  RECORD_BYTES,
  replyIn,
  type IdempotencyStore,
  type IdempotencyRow,
  type IdempotencyKey,
} from './idempotency-store.js';

export const replyTables = defineTables((db) => ({
  keys: defineTable(db, 'idempotency_keys', {
    id: primaryKey(code(64)),
    caller: uuid(),
    fingerprint: code(64),
    reply: nullable(longText()),
    subject: nullable(uuid()),
    bytes: nullable(integer()),
    createdAt: instant(),
  }),
  usage: defineTable(db, 'idempotency_usage', {
    caller: primaryKey(uuid()),
    bytes: byteCount(),
  }),
}));

type KeyRow = RowIn<ReturnType<typeof replyTables>['keys']>;

const TAKEN = { idempotency_keys_pkey: () => failWrite('stale_write') };
const COUNTED = { idempotency_usage_pkey: () => failWrite('stale_write') };

export const sequelizeIdempotencyStore = (scope: SqlScope): IdempotencyStore => {
  const { keys, usage } = replyTables(scope.sequelize);

  const refuse = async (key: IdempotencyKey): Promise<never> => {
    const query = {
      where: { caller: key.caller },
      order: [['createdAt', 'asc'] as [string, string]],
      limit: 1,
    };
    const [oldest] = await findColumns(keys, ['createdAt'], query, scope);
    throw quotaExceeded(key, oldest?.createdAt ?? null);
  };

  const hasRoom = ({ caller, quota }: IdempotencyKey): Sql => {
    const full = valuesOf(usage, 'caller', { caller, bytes: { [Op.gt]: quota - RECORD_BYTES } });
    return (bind) => `NOT EXISTS ${full(bind)}`;
  };
  const hasFewer =
    (key: IdempotencyKey): Sql =>
    (bind) =>
      `(SELECT COUNT(*) FROM ${keys.names.table} WHERE ${keys.names.qualified('caller')} = ${bind(key.caller)})
      < ${bind(mostRecords(key))}`;

  /** Adds bytes to the caller's usage, unless they exceed the quota: of 50 concurrent requests, as many succeed as fit. */
  const addUsage = async (key: IdempotencyKey, bytes: number): Promise<void> => {
    const { caller, quota } = key;
    const fits = { caller, bytes: { [Op.lte]: quota - bytes } };
    if ((await updateRows(usage, { bytes: plus('bytes', bytes, scope) }, fits, scope)) === 1) return;
    const used = await findRow(usage, { caller }, scope);
    if (bytes + (used?.bytes ?? 0) > quota) await refuse(key);
    // Another transaction has added the row or made room since the first statement.
    if (used !== null) throw failWrite('stale_write');
    await insertRow(usage, { caller, bytes }, scope, COUNTED);
  };

  const release = async (rows: readonly Pick<IdempotencyRow, 'caller' | 'bytes'>[]): Promise<void> => {
    const sums = bytesByCaller(rows);
    for (const [caller, bytes] of sums)
      await updateRows(usage, { bytes: plus('bytes', -bytes, scope) }, { caller }, scope);
    const callers = sums.map(([caller]) => caller);
    if (callers.length > 0)
      await deleteRows(usage, { caller: { [Op.in]: callers }, bytes: { [Op.lte]: 0 } }, scope);
  };

  /** Removes rows and subtracts their bytes; fails with `stale_write` if another process has removed one of them. */
  const remove = async (where: Where<KeyRow>, limit: number): Promise<number> => {
    const order: [string, string][] = [['createdAt', 'asc']];
    const rows = await findColumns(keys, ['id', 'caller', 'bytes'], { where, order, limit }, scope);
    if (rows.length === 0) return 0;
    const ids = rows.map(({ id }) => id).sort();
    if ((await deleteRows(keys, { id: { [Op.in]: ids } }, scope)) !== ids.length)
      throw failWrite('stale_write');
    await release(rows);
    return ids.length;
  };

  return {
    claim: async (key, reference) => {
      const fits = reference === undefined ? hasRoom(key) : hasFewer(key);
      try {
        // The statement that claims also checks the quota: a check of its own would cost each request a round trip.
        if ((await insertRowIf(keys, claimed(key, reference), fits, scope, TAKEN)) === 1) return;
      } catch (error) {
        throw isLockTimeout(error) ? failIdempotency('request_in_progress') : error;
      }
      const [taken] = await findColumns(keys, ['id'], { where: { id: key.id }, limit: 1 }, scope);
      if (taken !== undefined) throw failWrite('stale_write');
      await refuse(key);
    },
    find: async (key) => {
      const row = await findRow(keys, { id: key.id }, scope);
      if (row === null) return null;
      if (!hasExpired(row, key)) return replyIn(row, key);
      // Of two requests that find it expired, one removes it; the other's claim decides which of them continues.
      const removed = await deleteRows(keys, { id: key.id, createdAt: row.createdAt }, scope);
      if (removed === 1) await release([row]);
      return null;
    },
    complete: async (key, kept, subject) => {
      const columns = answered(kept, subject);
      const touched = await updateRows(keys, columns, { id: key.id }, scope);
      if (touched === 0) throw new Error('a reply was stored under a key that was not claimed');
      await addUsage(key, columns.bytes);
    },
    // One after the other, so that each uses its own index.
    forget: async (person, limit) => {
      const removed = await remove({ caller: person }, limit);
      if (removed > 0) return removed;
      await deleteRows(usage, { caller: person }, scope);
      return remove({ subject: person }, limit);
    },
    purge: (before, limit) => remove({ createdAt: { [Op.lt]: before } }, limit),
  };
};
