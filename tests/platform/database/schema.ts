import { QueryTypes, type Sequelize } from 'sequelize';

type Describe = (sequelize: Sequelize, table: string) => Promise<unknown>;

const select = (sequelize: Sequelize, sql: string, name: string): Promise<object[]> =>
  sequelize.query(sql, { type: QueryTypes.SELECT, replacements: { name } });

const DESCRIBE: Readonly<Record<string, Describe>> = {
  sqlite: (sequelize, table) =>
    select(
      sequelize,
      'SELECT type, name, sql FROM sqlite_master WHERE tbl_name = :name ORDER BY name',
      table,
    ),
  mysql: async (sequelize, table) => {
    const [row] = await sequelize.query<Record<string, string>>(`SHOW CREATE TABLE ${table}`, {
      type: QueryTypes.SELECT,
    });
    return row?.['Create Table'];
  },
  postgres: async (sequelize, table) => ({
    columns: await select(
      sequelize,
      `SELECT column_name, data_type, character_maximum_length, datetime_precision, is_nullable, collation_name
       FROM information_schema.columns WHERE table_name = :name ORDER BY ordinal_position`,
      table,
    ),
    constraints: await select(
      sequelize,
      `SELECT conname, pg_get_constraintdef(c.oid) AS definition
       FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid WHERE t.relname = :name ORDER BY conname`,
      table,
    ),
    indexes: await select(
      sequelize,
      'SELECT indexdef FROM pg_indexes WHERE tablename = :name ORDER BY indexname',
      table,
    ),
  }),
};

/** Everything that a database holds, row by row. */
export const allRows = async (sequelize: Sequelize): Promise<Readonly<Record<string, readonly string[]>>> => {
  const queryInterface = sequelize.getQueryInterface();
  const names = (await queryInterface.showAllTables()).map(String).sort();
  const read = names.map(async (name) => {
    const sql = `SELECT * FROM ${queryInterface.quoteIdentifier(name)}`;
    const rows = await sequelize.query(sql, { type: QueryTypes.SELECT });
    return [name, rows.map((row) => JSON.stringify(row)).sort()] as const;
  });
  return Object.fromEntries(await Promise.all(read));
};

/** What a database says of its tables, in its own words. */
export const describeSchema = async (sequelize: Sequelize): Promise<Readonly<Record<string, unknown>>> => {
  const tables = await sequelize.getQueryInterface().showAllTables();
  // `leases` serves the migrations themselves, and only where the shop runs them.
  const names = tables
    .map(String)
    .filter((name) => name !== 'leases')
    .sort();
  const described = names.map(
    async (name) => [name, await DESCRIBE[sequelize.getDialect()]?.(sequelize, name)] as const,
  );
  return Object.fromEntries<unknown>(await Promise.all(described));
};
