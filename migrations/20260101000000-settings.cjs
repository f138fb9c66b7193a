'use strict';

const createTable = require('./support/create-table.cjs');
const columnTypes = require('./support/column-types.cjs');

module.exports = {
  /** Stores the shop's currency for good: every amount in this database is in its minor units. */
  async up(queryInterface, Sequelize) {
    const { text } = columnTypes(Sequelize);
    const currency = queryInterface.sequelize.options.shopCurrency;
    if (!currency) throw new Error('the first migration needs the currency of the shop (SHOP_CURRENCY)');

    await createTable(queryInterface, 'shop_settings', {
      columns: { name: text(64), value: text(255) },
      primaryKey: ['name'],
    });
    const stored = await queryInterface.select(null, 'shop_settings', { where: { name: 'currency' } });
    if (stored.length === 0)
      await queryInterface.bulkInsert('shop_settings', [{ name: 'currency', value: currency }]);
  },

  async down(queryInterface) {
    await queryInterface.dropTable('shop_settings');
  },
};
