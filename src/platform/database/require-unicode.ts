import { QueryTypes, type Sequelize } from 'sequelize';

/**
 * Throws if the database can't store every text. PostgreSQL stores texts in one encoding of the whole database; LATIN1 has no
 * Cyrillic, and SQL_ASCII counts bytes as characters. On MySQL each table has a character set of its own, and SQLite uses UTF-8.
 */
export const requireUnicode = async (sequelize: Sequelize): Promise<void> => {
  if (sequelize.getDialect() !== 'postgres') return;
  const [row] = await sequelize.query<{ server_encoding: string }>('SHOW server_encoding', {
    type: QueryTypes.SELECT,
  });
  const encoding = row?.server_encoding;
  if (encoding !== 'UTF8')
    throw new Error(
      `DATABASE_URL names a database in the encoding ${String(encoding)}, which can't store every text: create one with TEMPLATE template0 ENCODING 'UTF8', and move what this one holds there with pg_dump`,
    );
};
