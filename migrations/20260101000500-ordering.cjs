'use strict';

const createTable = require('./support/create-table.cjs');
const columnTypes = require('./support/column-types.cjs');

module.exports = {
  async up(queryInterface, Sequelize) {
    const { uuid, code, text, longText, instant, minorUnits, integer, nullable } = columnTypes(Sequelize);

    await createTable(queryInterface, 'orders', {
      columns: {
        id: uuid,
        customerId: uuid,
        status: text(16),
        currency: code(3),
        totalMinor: minorUnits,
        /** JSON: it is only ever read and erased as a whole. */
        shippingAddress: nullable(longText),
        version: integer,
        createdAt: instant,
        updatedAt: instant,
      },
      primaryKey: ['id'],
      checks: {
        status: (quote) =>
          `${quote('status')} IN ('pending', 'confirmed', 'shipped', 'delivered', 'cancelled')`,
        totalMinor: (quote) => `${quote('totalMinor')} >= 0`,
      },
      indexes: [
        ['createdAt', 'id'],
        ['customerId', 'createdAt', 'id'],
        ['status', 'createdAt', 'id'],
      ],
    });

    await createTable(queryInterface, 'order_lines', {
      columns: {
        orderId: uuid,
        position: integer,
        productId: uuid,
        name: text(200),
        unitPriceMinor: minorUnits,
        quantity: integer,
      },
      primaryKey: ['orderId', 'position'],
      unique: [['orderId', 'productId']],
      foreignKeys: { orderId: { table: 'orders', column: 'id', onDelete: 'CASCADE' } },
      checks: {
        unitPriceMinor: (quote) => `${quote('unitPriceMinor')} >= 0`,
        quantity: (quote) => `${quote('quantity')} > 0`,
      },
    });
  },

  async down(queryInterface) {
    for (const table of ['order_lines', 'orders']) await queryInterface.dropTable(table);
  },
};
