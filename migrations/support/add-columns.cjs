'use strict';

const columnSql = require('./column-sql.cjs');
const { addIndexes } = require('./indexes.cjs');
const { holds } = require('./tables.cjs');

/**
 * Adds columns that may be null, and indexes named like those of `createTable`, to a table. What is there already is left
 * as it is, so that a migration which was interrupted can run again on databases whose DDL knows no rollback.
 *
 * @param {import('sequelize').QueryInterface} queryInterface
 * @param {string} table
 * @param {{columns: Record<string, {type: object, null: true}>, indexes?: import('./indexes.cjs').IndexShape[]}} additions
 */
module.exports = async (queryInterface, table, { columns, indexes = [] }) => {
  if (!holds(queryInterface, table)) return;
  const { sequelize } = queryInterface;
  const quote = (identifier) => queryInterface.quoteIdentifier(identifier);

  const present = await queryInterface.describeTable(table);
  for (const [key, column] of Object.entries(columns)) {
    if (key in present) continue;
    await sequelize.query(`ALTER TABLE ${quote(table)} ADD COLUMN ${columnSql(queryInterface, key, column)}`);
  }

  await addIndexes(queryInterface, table, indexes);
};
