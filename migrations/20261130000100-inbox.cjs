'use strict';

const createTable = require('./support/create-table.cjs');
const columnTypes = require('./support/column-types.cjs');

module.exports = {
  async up(queryInterface, Sequelize) {
    const { uuid, instant } = columnTypes(Sequelize);

    await createTable(queryInterface, 'inbox_events', {
      // The primary key ensures that an event is received once.
      columns: {
        eventId: uuid,
        receivedAt: instant,
      },
      primaryKey: ['eventId'],
      // For the purge of old ids.
      indexes: [['receivedAt']],
    });
  },

  async down(queryInterface) {
    await queryInterface.dropTable('inbox_events');
  },
};
