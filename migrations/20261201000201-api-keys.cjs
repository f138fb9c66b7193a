'use strict';

const createTable = require('./support/create-table.cjs');
const columnTypes = require('./support/column-types.cjs');

module.exports = {
  async up(queryInterface, Sequelize) {
    const { uuid, code, text, instant, integer, nullable } = columnTypes(Sequelize);

    await createTable(queryInterface, 'api_keys', {
      columns: {
        id: uuid,
        /** SHA-256 of the key, by which requests find it. */
        secretHash: code(64),
        prefix: text(16),
        name: text(120),
        /** Separated by spaces. */
        scopes: text(255),
        /** No foreign key: a key outlives the account of its administrator. */
        createdBy: uuid,
        createdAt: instant,
        expiresAt: nullable(instant),
        lastUsedAt: nullable(instant),
        revokedAt: nullable(instant),
        version: integer,
      },
      primaryKey: ['id'],
      unique: [['secretHash']],
      indexes: [['createdAt', 'id']],
    });
  },

  async down(queryInterface) {
    await queryInterface.dropTable('api_keys');
  },
};
