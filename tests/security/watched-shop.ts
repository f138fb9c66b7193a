import { BaseError, QueryTypes } from 'sequelize';
import { createLogger } from '#src/platform/logger.js';
import type { Relay } from '#src/platform/outbox/relay.js';
import { openSqlDatabase, type SqlDatabaseName } from '../support/databases.js';
import { deliverDue, ownSubscribers } from '../support/own-work.js';
import { testShop, type ShopUnderTest } from '../support/test-shop.js';

/** All rows of every table, by its name, in an order of their own. */
export type Rows = Readonly<Record<string, readonly object[]>>;

/** A shop on a database of which nothing is hidden. */
export interface WatchedShop extends ShopUnderTest {
  /** Returns the rows of every existing table, read without the shop. */
  readonly rows: () => Promise<Rows>;
  /** Of every table, by its name. */
  readonly columns: () => Promise<Readonly<Record<string, readonly string[]>>>;
  readonly counts: () => Promise<Readonly<Record<string, number>>>;
  /** Writes without the shop. */
  readonly run: (sql: string) => Promise<void>;
  /** Writes a text into some row of a table, without the shop; returns false if no column can take it. */
  readonly plant: (table: string, text: string) => Promise<boolean>;
  /** Does the shop's own work that events trigger: no other subscriber receives them. */
  readonly settle: () => Promise<void>;
  /** What has been logged so far, as text. */
  readonly log: () => string;
}

/** No relay delivers events, so that rows change only with a call. */
const IDLE: Relay = { start: () => undefined, wake: () => undefined, stop: () => Promise.resolve() };

export const watchedShop = async (
  name: SqlDatabaseName,
  environment: Readonly<Record<string, string>> = {},
): Promise<WatchedShop> => {
  const database = await openSqlDatabase(name, { migrated: false });
  const { sequelize } = database;
  const queryInterface = sequelize.getQueryInterface();
  const quoted = (table: string): string => queryInterface.quoteIdentifier(table);
  let log = '';
  const shop = await testShop({
    overrides: {
      relay: () => IDLE,
      logger: () => createLogger('trace', { write: (line) => (log += line) }),
    },
    environment: { DATABASE_URL: database.url, ...environment },
  });
  const tables = async (): Promise<readonly string[]> =>
    (await queryInterface.showAllTables()).map(String).sort();
  let known: readonly string[] | undefined;
  const plantIn = async (table: string, column: string, text: string): Promise<boolean> => {
    const [row = {}] = await select(`SELECT * FROM ${quoted(table)}`);
    const [[key, id] = ['', null]] = Object.entries(row);
    const where = `${quoted(key)} = :id`;
    const sql = `UPDATE ${quoted(table)} SET ${quoted(column)} = :text WHERE ${where}`;
    try {
      await sequelize.query(sql, { replacements: { text, id: id as string } });
      return true;
    } catch (error) {
      if (error instanceof BaseError) return false; // a constraint is in the way
      throw error;
    }
  };
  const select = (sql: string): Promise<object[]> => sequelize.query(sql, { type: QueryTypes.SELECT });
  return {
    ...shop,
    run: async (sql) => {
      await sequelize.query(sql);
    },
    plant: async (table, text) => {
      for (const [column, { type }] of Object.entries(await queryInterface.describeTable(table)))
        if (/CHAR|TEXT/i.test(type) && (await plantIn(table, column, text))) return true;
      return false;
    },
    settle: async () => {
      const { parts } = shop.shop;
      const subscribers = ownSubscribers({
        privacy: parts.contexts.privacy.transact,
        ordering: parts.contexts.ordering.transact,
      });
      await deliverDue(parts.persistence.transact, subscribers);
    },
    log: () => log,
    rows: async () => {
      const read: Record<string, readonly object[]> = {};
      for (const table of await tables()) {
        const rows = await select(`SELECT * FROM ${quoted(table)}`);
        const keyed = rows.map((row) => [JSON.stringify(row), row] as const);
        read[table] = keyed.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
      }
      return read;
    },
    columns: async () => {
      const described = (await tables()).map(
        async (table) => [table, Object.keys(await queryInterface.describeTable(table))] as const,
      );
      return Object.fromEntries(await Promise.all(described));
    },
    counts: async () => {
      known ??= await tables();
      const each = known.map((table) => `SELECT '${table}' AS t, COUNT(*) AS n FROM ${quoted(table)}`);
      const counted = (await select(each.join(' UNION ALL '))) as readonly { t: string; n: unknown }[];
      return Object.fromEntries(counted.map(({ t, n }) => [t, Number(n)]));
    },
    close: async () => {
      await shop.close();
      await database.close();
    },
  };
};
