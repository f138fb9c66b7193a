import type { Sequelize } from 'sequelize';
import { isDomainError } from '#src/kernel/errors.js';
import { KEY_VERSION } from '#src/kernel/text.js';
import { connect } from '#src/platform/database/connect.js';
import { countRows } from '#src/platform/database/copy-rows.js';
import { nameOfHost, parseDatabaseUrl } from '#src/platform/database/database-url.js';
import { migrate, schemaState } from '#src/platform/database/migrate.js';
import { rebuildKeys } from '#src/platform/database/rebuild-keys.js';
import { checkCurrency, readSetting } from '#src/platform/database/shop-settings.js';
import { requireSoleConnection, writeAlone } from '#src/platform/database/sole-connection.js';
import { sqlTransact, type SqlTransactions } from '#src/platform/database/transact.js';
import type { ContextName } from '../../contexts.js';
import type { BackendName } from '../../services.js';
import { markLeaving, readMark, removeMark, writeMark, type Mark } from './marks.js';
import { filledTables } from './tables.js';

/** A database that takes part in a move. */
export interface Place {
  /** The service whose database it is; null for that of a shop in one process. */
  readonly service: BackendName | null;
  readonly url: string;
  readonly contexts: readonly ContextName[];
}

export interface OpenPlace extends Place, SqlTransactions {
  readonly sequelize: Sequelize;
}

/** A count of a large table takes longer than any statement of the shop may. */
const LONGEST_STATEMENT_MS = 600_000;

const nameOf = ({ service, url }: Place): string => {
  const location = parseDatabaseUrl(url);
  const where =
    location.kind === 'sqlite'
      ? location.file
      : `${location.database} on ${location.hosts.map(nameOfHost).join(', ')}`;
  return `the database of ${service === null ? 'the shop' : `the ${service} service`} (${where})`;
};

const messageOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  // A refusal for clients has the reason as its cause.
  return isDomainError(error) && error.cause instanceof Error ? error.cause.message : error.message;
};

/** Runs work on a database; what it throws names the database. */
export const at = async <T>(place: Place, work: () => T | Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    throw new Error(`${nameOf(place)}: ${messageOf(error)}`, { cause: error });
  }
};

const connected = ({ url, contexts }: Place, currency: string, poolMax: number): Sequelize =>
  connect({ url, contexts, currency, poolMax, statementTimeoutMs: LONGEST_STATEMENT_MS });

/** Opens a database; `close` its `sequelize` at the end. */
export const openPlace = (place: Place, currency: string): OpenPlace => {
  const sequelize = connected(place, currency, 2);
  return { ...place, sequelize, ...sqlTransact(sequelize) };
};

const isKeptBy = (mark: Mark | null): mark is Mark => mark?.state === 'leaving' || mark?.state === 'left';

const requireShop = async (sequelize: Sequelize): Promise<void> => {
  if (!(await sequelize.getQueryInterface().tableExists('shop_settings')))
    throw new Error('it contains no shop');
};

/**
 * Takes a database out of service: marks it, so that no process starts on it, unless a process uses it now; then it throws, and
 * nothing is changed. Returns the mark, which is that of an earlier move if it has not ended.
 */
export const closeSource = (place: Place, currency: string, move: string): Promise<Mark> =>
  at(place, async () => {
    const location = parseDatabaseUrl(place.url);
    if (location.kind === 'sqlite')
      try {
        writeAlone(location.file, markLeaving(move));
      } catch (error) {
        throw messageOf(error).includes('no such table') ? new Error('it contains no shop') : error;
      }
    const sequelize = connected(place, currency, 1);
    try {
      if (location.kind !== 'sqlite') await requireShop(sequelize);
      const mark = await readMark(sequelize);
      if (location.kind === 'sqlite' && mark !== null) return mark;
      const leaving: Mark = { state: 'leaving', move };
      if (!isKeptBy(mark)) await writeMark(sequelize, leaving);
      try {
        await requireSoleConnection(sequelize);
      } catch (error) {
        if (mark === null) await removeMark(sequelize, leaving);
        else await writeMark(sequelize, mark);
        throw error;
      }
      return isKeptBy(mark) ? mark : leaving;
    } finally {
      await sequelize.close();
    }
  });

/** Throws unless this version can read all that is in a database. */
export const requireReadable = (place: OpenPlace): Promise<void> =>
  at(place, async () => {
    const { sequelize } = place;
    const { pending, unknown } = await schemaState(sequelize);
    if (unknown.length > 0)
      throw new Error(`it is of a later version of Portico: it has ${unknown.join(', ')}`);
    const keys = Number(await readSetting(sequelize, 'stored_keys'));
    if (pending.length > 0 || keys < KEY_VERSION)
      throw new Error('its schema is behind this version: start the shop on it once, and stop it again');
    if (keys > KEY_VERSION) throw new Error('it is of a later version of Portico');
    await checkCurrency(sequelize);
  });

/** Throws unless a database is empty, or was being filled by the same move. Creates the tables if there are none. */
export const requireFillable = (place: OpenPlace, move: string): Promise<void> =>
  at(place, async () => {
    const { sequelize, outside } = place;
    await migrate(sequelize);
    await rebuildKeys(sequelize, { version: KEY_VERSION, tables: [] });
    const mark = await readMark(sequelize);
    if (mark?.move === move && mark.state.startsWith('arriv')) return;
    for (const table of filledTables(place.contexts, sequelize))
      if ((await countRows(table, outside)) > 0)
        throw new Error(`it is not empty: it has rows in ${table.name}; use a new database`);
  });
