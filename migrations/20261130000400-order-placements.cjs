'use strict';

const createTable = require('./support/create-table.cjs');
const columnTypes = require('./support/column-types.cjs');

module.exports = {
  async up(queryInterface, Sequelize) {
    const { uuid, code, longText, instant, nullable } = columnTypes(Sequelize);

    // Orders that are being placed while their stock is reserved in another process. Empty in a shop of one process.
    await createTable(queryInterface, 'order_placements', {
      columns: {
        id: uuid,
        customerId: uuid,
        keyId: nullable(code(64)),
        /** JSON, like the address. */
        lines: longText,
        shippingAddress: nullable(longText),
        expiresAt: instant,
      },
      primaryKey: ['id'],
      // An Idempotency-Key has one order.
      unique: [['keyId']],
      indexes: [['customerId'], ['expiresAt', 'id']],
    });
  },

  async down(queryInterface) {
    await queryInterface.dropTable('order_placements');
  },
};
