'use strict';

const createTable = require('./support/create-table.cjs');
const columnTypes = require('./support/column-types.cjs');

const STATES = ['reserved', 'confirmed', 'released', 'failed', 'cancelled'];

module.exports = {
  async up(queryInterface, Sequelize) {
    const { uuid, text, longText, instant, integer } = columnTypes(Sequelize);

    await createTable(queryInterface, 'stock_reservations', {
      // The primary key ensures that the stock of an order is reserved once.
      columns: {
        orderId: uuid,
        state: text(16),
        /** JSON. */
        lines: longText,
        expiresAt: instant,
        version: integer,
        createdAt: instant,
        updatedAt: instant,
      },
      primaryKey: ['orderId'],
      checks: {
        state: (quote) => `${quote('state')} IN (${STATES.map((state) => `'${state}'`).join(', ')})`,
      },
      // Leads to what has expired, and to what is purged.
      indexes: [['state', 'expiresAt', 'orderId']],
    });
  },

  async down(queryInterface) {
    await queryInterface.dropTable('stock_reservations');
  },
};
