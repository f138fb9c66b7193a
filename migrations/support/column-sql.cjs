'use strict';

/**
 * A column as `CREATE TABLE` and `ALTER TABLE` say it on this database. Text is compared by code point.
 *
 * @param {import('sequelize').QueryInterface} queryInterface
 * @param {string} key
 * @param {{type: object, null?: true}} column see `columnTypes`
 */
module.exports = (queryInterface, key, { type, null: nullable = false }) => {
  const { sequelize } = queryInterface;
  const dialect = sequelize.getDialect();
  const mysql = dialect === 'mysql';
  let sql = sequelize.normalizeDataType(type).toSql();
  // Ids, hashes and codes are ASCII: a quarter of the room in every index.
  if (mysql && sql.startsWith('CHAR')) sql += ' CHARACTER SET ascii COLLATE ascii_bin';
  // MySQL's TEXT ends at 64 KB, everybody else's nowhere near.
  if (mysql && sql === 'TEXT') sql = 'MEDIUMTEXT';
  if (dialect === 'postgres') {
    // The order of the database, or of its administrator's language, is not that of code points.
    if (/^(?:CHAR|VARCHAR|TEXT)/.test(sql)) sql += ' COLLATE "C"';
    // Sequelize leaves the precision out.
    if (sql === 'TIMESTAMP WITH TIME ZONE') sql = 'TIMESTAMP(3) WITH TIME ZONE';
  }
  return `${queryInterface.quoteIdentifier(key)} ${sql}${nullable ? '' : ' NOT NULL'}`;
};
