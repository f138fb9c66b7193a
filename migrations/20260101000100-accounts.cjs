'use strict';

const createTable = require('./support/create-table.cjs');
const columnTypes = require('./support/column-types.cjs');

module.exports = {
  async up(queryInterface, Sequelize) {
    const { uuid, code, text, instant, integer, flag, nullable } = columnTypes(Sequelize);

    await createTable(queryInterface, 'users', {
      columns: {
        id: uuid,
        name: text(120),
        email: text(254),
        // Lower case can take two characters for one.
        emailKey: text(508),
        username: nullable(text(30)),
        passwordHash: nullable(text(100)),
        role: text(16),
        disabled: flag,
        version: integer,
        createdAt: instant,
        updatedAt: instant,
      },
      primaryKey: ['id'],
      unique: [['emailKey'], ['username']],
      checks: { role: (quote) => `${quote('role')} IN ('customer', 'admin')` },
      indexes: [
        ['createdAt', 'id'],
        ['role', 'disabled', 'id'],
      ],
    });

    await createTable(queryInterface, 'sessions', {
      columns: {
        id: uuid,
        userId: uuid,
        createdAt: instant,
        lastUsedAt: instant,
        expiresAt: instant,
        endedAt: nullable(instant),
        version: integer,
      },
      primaryKey: ['id'],
      foreignKeys: { userId: { table: 'users', column: 'id', onDelete: 'CASCADE' } },
      indexes: [['userId', 'createdAt', 'id']],
    });

    await createTable(queryInterface, 'refresh_tokens', {
      columns: {
        /** SHA-256 in hexadecimal: the token itself is nowhere. */
        tokenHash: code(64),
        sessionId: uuid,
        createdAt: instant,
        spentAt: nullable(instant),
      },
      primaryKey: ['tokenHash'],
      foreignKeys: { sessionId: { table: 'sessions', column: 'id', onDelete: 'CASCADE' } },
      indexes: [['sessionId']],
    });
  },

  async down(queryInterface) {
    for (const table of ['refresh_tokens', 'sessions', 'users']) await queryInterface.dropTable(table);
  },
};
