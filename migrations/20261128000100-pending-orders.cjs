'use strict';

const { addIndexes, removeIndexes } = require('./support/indexes.cjs');

/**
 * Leads to a customer's pending orders, past all those that were dealt with. Overdue orders of everybody are found by the index of
 * status and createdAt, which is there already.
 */
const INDEX = ['customerId', 'status', 'createdAt', 'id'];

module.exports = {
  async up(queryInterface) {
    await addIndexes(queryInterface, 'orders', [INDEX]);
  },

  async down(queryInterface) {
    await removeIndexes(queryInterface, 'orders', [INDEX]);
  },
};
