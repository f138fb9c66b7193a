'use strict';

const { holds } = require('./tables.cjs');

/**
 * @typedef {string[] | {columns: string[], whereNull?: string, unique?: boolean}} IndexShape a list of columns; with `whereNull`
 * the index is partial: of the rows in which that column is NULL
 */

/**
 * MySQL has no partial indexes: there the column whose NULL they ask for comes first.
 *
 * @param {import('sequelize').QueryInterface} queryInterface
 * @param {string} table
 * @param {IndexShape} index
 */
const indexOf = (queryInterface, table, index) => {
  const { columns, whereNull, unique = false } = Array.isArray(index) ? { columns: index } : index;
  const isPartial = whereNull !== undefined && queryInterface.sequelize.getDialect() !== 'mysql';
  const indexed = whereNull === undefined || isPartial ? columns : [whereNull, ...columns];
  const quote = (identifier) => queryInterface.quoteIdentifier(identifier);
  const condition = isPartial ? ` WHERE ${quote(whereNull)} IS NULL` : '';
  return {
    name: [table, ...indexed, unique ? 'unique' : 'idx'].join('_'),
    kind: unique ? 'UNIQUE INDEX' : 'INDEX',
    definition: `ON ${quote(table)} (${indexed.map(quote).join(', ')})${condition}`,
  };
};

const namesIn = async (queryInterface, table) =>
  (await queryInterface.showIndex(table)).map(({ name }) => name);

module.exports = {
  /**
   * Adds indexes, named like those of `createTable`. What is there already is left as it is, so that a migration which was
   * interrupted can run again on databases whose DDL knows no rollback.
   *
   * @param {import('sequelize').QueryInterface} queryInterface
   * @param {string} table
   * @param {IndexShape[]} indexes
   */
  async addIndexes(queryInterface, table, indexes) {
    if (!holds(queryInterface, table)) return;
    const present = await namesIn(queryInterface, table);
    for (const index of indexes) {
      const { name, kind, definition } = indexOf(queryInterface, table, index);
      if (present.includes(name)) continue;
      await queryInterface.sequelize.query(
        `CREATE ${kind} ${queryInterface.quoteIdentifier(name)} ${definition}`,
      );
    }
  },

  /**
   * Removes those of the indexes that are there.
   *
   * @param {import('sequelize').QueryInterface} queryInterface
   * @param {string} table
   * @param {IndexShape[]} indexes
   */
  async removeIndexes(queryInterface, table, indexes) {
    if (!holds(queryInterface, table)) return;
    const present = await namesIn(queryInterface, table);
    for (const index of indexes) {
      const { name } = indexOf(queryInterface, table, index);
      if (present.includes(name)) await queryInterface.removeIndex(table, name);
    }
  },
};
