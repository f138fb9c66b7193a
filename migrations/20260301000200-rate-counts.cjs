'use strict';

const createTable = require('./support/create-table.cjs');
const columnTypes = require('./support/column-types.cjs');

module.exports = {
  async up(queryInterface, Sequelize) {
    const { code, integer, instant } = columnTypes(Sequelize);

    await createTable(queryInterface, 'rate_counts', {
      // The primary key sees to it that a count is begun once.
      columns: {
        id: code(64),
        points: integer,
        endsAt: instant,
      },
      primaryKey: ['id'],
      // For the purge of old counts.
      indexes: [['endsAt']],
    });
  },

  async down(queryInterface) {
    await queryInterface.dropTable('rate_counts');
  },
};
