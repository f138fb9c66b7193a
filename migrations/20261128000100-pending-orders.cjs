'use strict';

const addColumns = require('./support/add-columns.cjs');

module.exports = {
  async up(queryInterface) {
    // Leads to a customer's pending orders, past all those that were dealt with. Overdue orders of everybody are found by
    // the index of status and createdAt, which is there already.
    await addColumns(queryInterface, 'orders', {
      columns: {},
      indexes: [['customerId', 'status', 'createdAt', 'id']],
    });
  },

  async down(queryInterface) {
    await queryInterface.removeIndex('orders', 'orders_customerId_status_createdAt_id_idx');
  },
};
