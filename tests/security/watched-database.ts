import { QueryTypes } from 'sequelize';
import type { OpenDatabase } from '../support/databases.js';

/** All rows of every table, by its name, in an order of their own. */
export type Rows = Readonly<Record<string, readonly object[]>>;

/** A database of which nothing is hidden, read and written without the shop. */
export interface WatchedDatabase {
  /** Returns the rows of every existing table. */
  readonly rows: () => Promise<Rows>;
  /** Of every table, by its name. */
  readonly columns: () => Promise<Readonly<Record<string, readonly string[]>>>;
  readonly counts: () => Promise<Readonly<Record<string, number>>>;
  readonly run: (sql: string) => Promise<void>;
}

export const watchedDatabase = ({ sequelize }: Pick<OpenDatabase, 'sequelize'>): WatchedDatabase => {
  const queryInterface = sequelize.getQueryInterface();
  const quoted = (table: string): string => queryInterface.quoteIdentifier(table);
  const select = (sql: string): Promise<object[]> => sequelize.query(sql, { type: QueryTypes.SELECT });
  const tables = async (): Promise<readonly string[]> =>
    (await queryInterface.showAllTables()).map(String).sort();
  let known: readonly string[] | undefined;
  return {
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
    run: async (sql) => {
      await sequelize.query(sql);
    },
  };
};
