'use strict';

const { holds } = require('./tables.cjs');

/**
 * Drops columns. Not by `removeColumn` of the query interface, which makes the table anew on SQLite: the rows that refer to it
 * would go with the old one.
 *
 * @param {import('sequelize').QueryInterface} queryInterface
 * @param {string} table
 * @param {string[]} columns
 */
module.exports = async (queryInterface, table, columns) => {
  if (!holds(queryInterface, table)) return;
  const quote = (identifier) => queryInterface.quoteIdentifier(identifier);
  for (const column of columns)
    await queryInterface.sequelize.query(`ALTER TABLE ${quote(table)} DROP COLUMN ${quote(column)}`);
};
