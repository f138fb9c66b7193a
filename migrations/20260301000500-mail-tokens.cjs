'use strict';

const addColumns = require('./support/add-columns.cjs');
const createTable = require('./support/create-table.cjs');
const columnTypes = require('./support/column-types.cjs');
const dropColumns = require('./support/drop-columns.cjs');

module.exports = {
  async up(queryInterface, Sequelize) {
    const { uuid, code, text, instant, nullable } = columnTypes(Sequelize);

    await addColumns(queryInterface, 'users', {
      columns: { emailVerifiedAt: nullable(instant) },
    });

    await createTable(queryInterface, 'mail_tokens', {
      columns: {
        /** SHA-256 in hexadecimal: the token itself is in the mail only. */
        tokenHash: code(64),
        userId: uuid,
        purpose: text(32),
        createdAt: instant,
        expiresAt: instant,
      },
      primaryKey: ['tokenHash'],
      foreignKeys: { userId: { table: 'users', column: 'id', onDelete: 'CASCADE' } },
      checks: {
        purpose: (quote) => `${quote('purpose')} IN ('password_reset', 'email_verification')`,
      },
      indexes: [['userId'], ['expiresAt']],
    });
  },

  async down(queryInterface) {
    await queryInterface.dropTable('mail_tokens');
    await dropColumns(queryInterface, 'users', ['emailVerifiedAt']);
  },
};
