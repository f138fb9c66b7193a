'use strict';

const columnSql = require('./column-sql.cjs');
const { holds } = require('./tables.cjs');

/**
 * @typedef {object} TableShape
 * @property {Record<string, {type: object, null?: true}>} columns in order; see `columnTypes`
 * @property {string[]} primaryKey
 * @property {string[][]} [unique] each a list of columns
 * @property {Record<string, {table: string, column: string, onDelete: 'CASCADE' | 'RESTRICT'}>} [foreignKeys] by column
 * @property {Record<string, (quote: (column: string) => string) => string>} [checks] by the last part of their names
 * @property {string[][]} [indexes] each a list of columns
 */

const name = (table, columns, suffix) => [table, ...columns, suffix].join('_');

/**
 * Creates a table with all its constraints in the one statement that every database understands. `queryInterface` alone
 * would leave them without names or, on SQLite, out.
 *
 * Each constraint has a name that follows from what it constrains (`users_emailKey_unique`), because code maps violations
 * to refusals by it. Text is compared by code point. A table that exists is left as it is, so that a migration which was
 * interrupted can run again on databases whose DDL knows no rollback.
 *
 * @param {import('sequelize').QueryInterface} queryInterface
 * @param {string} table
 * @param {TableShape} shape
 */
module.exports = async (queryInterface, table, shape) => {
  if (!holds(queryInterface, table)) return;
  const { sequelize } = queryInterface;
  const { columns, primaryKey, unique = [], foreignKeys = {}, checks = {}, indexes = [] } = shape;
  const dialect = sequelize.getDialect();
  const mysql = dialect === 'mysql';
  const quote = (identifier) => queryInterface.quoteIdentifier(identifier);
  const list = (names) => `(${names.map(quote).join(', ')})`;

  const column = ([key, definition]) => columnSql(queryInterface, key, definition);
  const constraint = (constraintName, definition) => `CONSTRAINT ${quote(constraintName)} ${definition}`;
  const indexName = (names) => quote(name(table, names, 'idx'));

  const parts = [
    ...Object.entries(columns).map(column),
    constraint(name(table, [], 'pkey'), `PRIMARY KEY ${list(primaryKey)}`),
    ...unique.map((names) => constraint(name(table, names, 'unique'), `UNIQUE ${list(names)}`)),
    ...Object.entries(foreignKeys).map(([key, { table: parent, column: parentKey, onDelete }]) =>
      constraint(
        name(table, [key], 'fk'),
        `FOREIGN KEY ${list([key])} REFERENCES ${quote(parent)} ${list([parentKey])} ON DELETE ${onDelete}`,
      ),
    ),
    ...Object.entries(checks).map(([what, condition]) =>
      constraint(name(table, [what], 'check'), `CHECK (${condition(quote)})`),
    ),
    // Inside the statement where that is possible: MySQL has no CREATE INDEX IF NOT EXISTS.
    ...(mysql ? indexes.map((names) => `INDEX ${indexName(names)} ${list(names)}`) : []),
  ];
  const options = mysql ? ' ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin' : '';
  await sequelize.query(`CREATE TABLE IF NOT EXISTS ${quote(table)} (${parts.join(', ')})${options}`);
  if (mysql) return;
  for (const names of indexes)
    await sequelize.query(`CREATE INDEX IF NOT EXISTS ${indexName(names)} ON ${quote(table)} ${list(names)}`);
};
