'use strict';

const addColumns = require('./support/add-columns.cjs');
const columnTypes = require('./support/column-types.cjs');
const dropColumns = require('./support/drop-columns.cjs');
const { removeIndexes } = require('./support/indexes.cjs');

const UNIQUE = { columns: ['skuKey'], unique: true };

module.exports = {
  async up(queryInterface, Sequelize) {
    const { text, sortKey, nullable } = columnTypes(Sequelize);

    await addColumns(queryInterface, 'products', {
      columns: {
        sku: nullable(text(64)),
        /** Null without a SKU and once the product is deleted: of any number of NULLs none violates the index. */
        skuKey: nullable(sortKey),
      },
      indexes: [UNIQUE],
    });
    /** As it was when the order was placed. */
    await addColumns(queryInterface, 'order_lines', { columns: { sku: nullable(text(64)) } });
  },

  async down(queryInterface) {
    await dropColumns(queryInterface, 'order_lines', ['sku']);
    await removeIndexes(queryInterface, 'products', [UNIQUE]);
    await dropColumns(queryInterface, 'products', ['skuKey', 'sku']);
  },
};
