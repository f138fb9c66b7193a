'use strict';

const createTable = require('./support/create-table.cjs');
const columnTypes = require('./support/column-types.cjs');

module.exports = {
  async up(queryInterface, Sequelize) {
    const { uuid, code, longText, instant, nullable } = columnTypes(Sequelize);

    await createTable(queryInterface, 'idempotency_keys', {
      // The primary key sees to it that a key is claimed once.
      columns: {
        id: code(64),
        caller: uuid,
        fingerprint: code(64),
        reply: nullable(longText),
        createdAt: instant,
      },
      primaryKey: ['id'],
      // For erasure, and for the purge of old keys.
      indexes: [['caller'], ['createdAt']],
    });
  },

  async down(queryInterface) {
    await queryInterface.dropTable('idempotency_keys');
  },
};
