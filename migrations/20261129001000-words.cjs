'use strict';

const createTable = require('./support/create-table.cjs');
const columnTypes = require('./support/column-types.cjs');

/** By which searches find rows; a start fills them, with all keys that are made of texts. */
const indexOf = (table, owner) => [table, owner, `${table.replace(/s$/, '')}_words`];
const INDEXES = [indexOf('products', 'productId'), indexOf('customers', 'customerId')];

module.exports = {
  async up(queryInterface, Sequelize) {
    const { uuid, text } = columnTypes(Sequelize);

    for (const [owned, owner, table] of INDEXES)
      await createTable(queryInterface, table, {
        columns: { word: text(64), [owner]: uuid },
        primaryKey: ['word', owner],
        foreignKeys: { [owner]: { table: owned, column: 'id', onDelete: 'CASCADE' } },
        indexes: [[owner]],
      });
  },

  async down(queryInterface) {
    for (const [, , table] of INDEXES) await queryInterface.dropTable(table);
  },
};
