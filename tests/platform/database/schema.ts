import { QueryTypes, type Sequelize } from 'sequelize';

/** What a database says of its tables: on SQLite their statements, on MySQL what it makes of them. */
export const describeSchema = async (sequelize: Sequelize): Promise<Readonly<Record<string, unknown>>> => {
  const tables = await sequelize.getQueryInterface().showAllTables();
  // `leases` serves the migrations themselves, and only where the shop runs them.
  const names = tables
    .map(String)
    .filter((name) => name !== 'leases')
    .sort();
  const described = names.map(async (name) => {
    if (sequelize.getDialect() !== 'sqlite') {
      const [row] = await sequelize.query<Record<string, string>>(`SHOW CREATE TABLE ${name}`, {
        type: QueryTypes.SELECT,
      });
      return [name, row?.['Create Table']] as const;
    }
    const rows = await sequelize.query(
      'SELECT type, name, sql FROM sqlite_master WHERE tbl_name = :name ORDER BY name',
      {
        type: QueryTypes.SELECT,
        replacements: { name },
      },
    );
    return [name, rows] as const;
  });
  return Object.fromEntries<unknown>(await Promise.all(described));
};
