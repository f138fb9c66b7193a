import { Op } from 'sequelize';
import { addRows, copyRows, countRows } from '#src/platform/database/copy-rows.js';
import { deleteRows, type Sql, type Where } from '#src/platform/database/rows.js';
import { run } from '#src/platform/database/prepared.js';
import type { SqlScope } from '#src/platform/database/scope.js';
import { readSetting, swapSetting } from '#src/platform/database/shop-settings.js';
import { replyTables } from '#src/platform/idempotency/sequelize-idempotency-store.js';
import { outboxTables } from '#src/platform/outbox/sequelize-outbox-repository.js';
import { contextsOf, type BackendName } from '../../services.js';
import type { OpenPlace } from './places.js';
import { aggregatesOf, movedTables } from './tables.js';

/** The databases between which the data of a service's contexts moves: one of them is the service's. */
export interface Pair {
  readonly service: BackendName;
  readonly from: OpenPlace;
  readonly to: OpenPlace;
}

/** Settings that go with the accounts. By them a start notices that it issues tokens unlike the process before it. */
const TOKEN_SETTINGS = ['token_issuer', 'token_keys'];

const requireSame = (table: string, there: number, wanted: number): void => {
  if (there !== wanted)
    throw new Error(`${table} has ${String(wanted)} rows to move, and ${String(there)} have arrived`);
};

/** Returns the condition on events of a database that some subscriber has not received. */
export const isUndelivered =
  ({ sequelize }: SqlScope): Sql =>
  () => {
    const { events, deliveries } = outboxTables(sequelize);
    const [id, eventId] = [events.names.qualified('id'), deliveries.names.qualified('eventId')];
    const waiting = `SELECT 1 FROM ${deliveries.names.table} WHERE ${eventId} = ${id}`;
    return `(${events.names.qualified('dispatchedAt')} IS NULL OR EXISTS (${waiting}))`;
  };

const copyTables = async ({ service, from, to }: Pair): Promise<number> => {
  let rows = 0;
  for (const [at, { name }] of movedTables(contextsOf(service), from.sequelize).entries()) {
    const table = ({ sequelize }: SqlScope) => {
      const found = movedTables(contextsOf(service), sequelize)[at];
      if (found === undefined) throw new Error(`there is no table ${name}`);
      return found;
    };
    const there = await copyRows({ table, from: from.outside, to });
    requireSame(name, there, await countRows(table(from.outside), from.outside));
    rows += there;
  }
  return rows;
};

/**
 * Copies the events of the service's own aggregates. Those that are not delivered to every subscriber are dispatched again, to the
 * subscribers of the other shape of the shop.
 */
const copyEvents = async ({ service, from, to }: Pair): Promise<number> => {
  const table = ({ sequelize }: SqlScope) => outboxTables(sequelize).events;
  const own = { aggregate: { [Op.in]: aggregatesOf(contextsOf(service)) } };
  const copying = { table, from: from.outside, to };
  const undelivered = isUndelivered(from.outside);
  const delivered: Where<object> = (bind) => `NOT ${undelivered(bind)}`;
  // Two conditions on rows of `outbox_events`; the key of a symbol hides that from the compiler.
  const all = (condition: Where<object>) => ({ [Op.and]: [own, condition] }) as Where<object>;
  const copied =
    (await addRows(
      { ...copying, where: all(undelivered) },
      { as: (row) => ({ ...row, dispatchedAt: null }) },
    )) + (await addRows({ ...copying, where: all(delivered) }));
  requireSame('outbox_events', await countRows(table(to.outside), to.outside, own), copied);
  return copied;
};

/** The same key may be in several databases, from a move before: the last to be claimed is the one that counts. */
const copyKeys = ({ from, to }: Pair): Promise<number> =>
  addRows(
    { table: ({ sequelize }) => replyTables(sequelize).keys, from: from.outside, to },
    { replaces: (row, stored) => Number(row['createdAt']) > Number(stored['createdAt']) },
  );

/** Computes the bytes of each caller's stored replies. */
const countUsage = (to: OpenPlace): Promise<void> =>
  to.transact(async (scope) => {
    const { keys, usage } = replyTables(to.sequelize);
    await deleteRows(usage, {}, scope);
    const [caller, bytes] = [keys.names.quote('caller'), keys.names.quote('bytes')];
    await run(
      () =>
        `INSERT INTO ${usage.names.table} (${caller}, ${bytes})
         SELECT ${caller}, SUM(${bytes}) FROM ${keys.names.table} WHERE ${bytes} > 0 GROUP BY ${caller}`,
      scope,
    );
  });

const copySettings = async ({ service, from, to }: Pair): Promise<void> => {
  if (!contextsOf(service).includes('accounts')) return;
  for (const name of TOKEN_SETTINGS) {
    const value = await readSetting(from.sequelize, name);
    if (value !== null) await swapSetting(to.sequelize, name, value);
  }
};

/**
 * Copies the data of a service's contexts, and compares the numbers of rows. Goes on where an earlier copy was interrupted. Returns the
 * number of rows.
 */
export const copyPair = async (pair: Pair): Promise<number> => {
  const rows = (await copyTables(pair)) + (await copyEvents(pair)) + (await copyKeys(pair));
  await countUsage(pair.to);
  await copySettings(pair);
  return rows;
};
