import { BaseError, QueryTypes } from 'sequelize';
import { createLogger } from '#src/platform/logger.js';
import type { Relay } from '#src/platform/outbox/relay.js';
import { openSqlDatabase, type SqlDatabaseName } from '../support/databases.js';
import { deliverDue, ownSubscribers } from '../support/own-work.js';
import { testShop, type ShopUnderTest } from '../support/test-shop.js';
import { watchedDatabase, type WatchedDatabase } from './watched-database.js';

/** A shop on a database of which nothing is hidden. */
export interface WatchedShop extends ShopUnderTest, WatchedDatabase {
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
  const plantIn = async (table: string, column: string, text: string): Promise<boolean> => {
    const [row = {}] = await sequelize.query<object>(`SELECT * FROM ${quoted(table)}`, {
      type: QueryTypes.SELECT,
    });
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
  return {
    ...shop,
    ...watchedDatabase(database),
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
    close: async () => {
      await shop.close();
      await database.close();
    },
  };
};
