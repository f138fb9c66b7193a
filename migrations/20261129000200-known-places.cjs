'use strict';

const createTable = require('./support/create-table.cjs');
const columnTypes = require('./support/column-types.cjs');

module.exports = {
  async up(queryInterface, Sequelize) {
    const { uuid, code, instant } = columnTypes(Sequelize);

    await createTable(queryInterface, 'known_places', {
      columns: {
        /** HMAC of the user and the network, under a secret that is not in the database. */
        placeHash: code(64),
        userId: uuid,
        seenAt: instant,
      },
      primaryKey: ['placeHash'],
      foreignKeys: { userId: { table: 'users', column: 'id', onDelete: 'CASCADE' } },
      // The second is for housekeeping.
      indexes: [['userId'], ['seenAt']],
    });
  },

  async down(queryInterface) {
    await queryInterface.dropTable('known_places');
  },
};
