'use strict';

const createTable = require('./support/create-table.cjs');
const columnTypes = require('./support/column-types.cjs');

module.exports = {
  async up(queryInterface, Sequelize) {
    const { uuid, integer } = columnTypes(Sequelize);

    await createTable(queryInterface, 'carts', {
      // The primary key sees to it that a customer has one cart.
      columns: { customerId: uuid, version: integer },
      primaryKey: ['customerId'],
    });

    await createTable(queryInterface, 'cart_lines', {
      columns: { customerId: uuid, productId: uuid, position: integer, quantity: integer },
      primaryKey: ['customerId', 'productId'],
      foreignKeys: { customerId: { table: 'carts', column: 'customerId', onDelete: 'CASCADE' } },
      checks: { quantity: (quote) => `${quote('quantity')} BETWEEN 1 AND 999` },
    });
  },

  async down(queryInterface) {
    for (const table of ['cart_lines', 'carts']) await queryInterface.dropTable(table);
  },
};
