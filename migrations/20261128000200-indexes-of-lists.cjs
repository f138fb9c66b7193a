'use strict';

const { addIndexes, removeIndexes } = require('./support/indexes.cjs');

const SORTS = ['nameKey', 'priceMinor', 'createdAt'];

/** Of the products in the shop, one for each sort. PostgreSQL sorts by an index only what is not led by IS NULL. */
const PARTIAL = SORTS.map((column) => ({ columns: [column, 'id'], whereNull: 'deletedAt' }));
/** What they replace; on MySQL, which has no partial indexes, both are the same. */
const PLAIN = SORTS.map((column) => ['deletedAt', column, 'id']);

/** One for each filter of the list of users. */
const OF_USERS = [
  ['role', 'createdAt', 'id'],
  ['disabled', 'createdAt', 'id'],
  ['role', 'disabled', 'createdAt', 'id'],
];

const isMysql = ({ sequelize }) => sequelize.getDialect() === 'mysql';

module.exports = {
  async up(queryInterface) {
    await addIndexes(queryInterface, 'products', PARTIAL);
    if (!isMysql(queryInterface)) await removeIndexes(queryInterface, 'products', PLAIN);
    await addIndexes(queryInterface, 'users', OF_USERS);
  },

  async down(queryInterface) {
    await removeIndexes(queryInterface, 'users', OF_USERS);
    await addIndexes(queryInterface, 'products', PLAIN);
    if (!isMysql(queryInterface)) await removeIndexes(queryInterface, 'products', PARTIAL);
  },
};
