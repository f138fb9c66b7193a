'use strict';

const createTable = require('./support/create-table.cjs');
const columnTypes = require('./support/column-types.cjs');

module.exports = {
  async up(queryInterface, Sequelize) {
    const { uuid, instant, nullable } = columnTypes(Sequelize);

    // The people whose accounts are in another process: a row to lock for each. Empty in a shop of one process.
    await createTable(queryInterface, 'people', {
      columns: {
        id: uuid,
        erasedAt: nullable(instant),
      },
      primaryKey: ['id'],
    });
  },

  async down(queryInterface) {
    await queryInterface.dropTable('people');
  },
};
