'use strict';

const createTable = require('./support/create-table.cjs');
const columnTypes = require('./support/column-types.cjs');

const REASONS = ['administrator', 'gone', 'failing'];
const OUTCOMES = ['delivered', 'failed', 'dead_lettered'];

const oneOf = (values) => values.map((value) => `'${value}'`).join(', ');

module.exports = {
  async up(queryInterface, Sequelize) {
    const { uuid, text, longText, instant, integer, nullable } = columnTypes(Sequelize);

    await createTable(queryInterface, 'webhook_endpoints', {
      columns: {
        id: uuid,
        url: text(2000),
        description: text(200),
        /** JSON. */
        eventTypes: longText,
        disabledReason: nullable(text(16)),
        /** Encrypted, like the previous one. */
        secret: text(255),
        previousSecret: nullable(text(255)),
        previousSecretEndsAt: nullable(instant),
        failingSince: nullable(instant),
        version: integer,
        createdAt: instant,
        updatedAt: instant,
      },
      primaryKey: ['id'],
      checks: {
        // NULL passes a check.
        disabledReason: (quote) => `${quote('disabledReason')} IN (${oneOf(REASONS)})`,
      },
      indexes: [['createdAt', 'id']],
    });

    await createTable(queryInterface, 'webhook_attempts', {
      columns: {
        id: uuid,
        // No foreign key: the attempts of a deleted endpoint, which may be millions, are left to the purge.
        endpointId: uuid,
        eventId: uuid,
        storedId: uuid,
        eventType: text(64),
        /** JSON. */
        payload: longText,
        number: integer,
        outcome: text(16),
        status: nullable(integer),
        response: nullable(longText),
        error: nullable(text(200)),
        durationMs: integer,
        at: instant,
      },
      primaryKey: ['id'],
      checks: { outcome: (quote) => `${quote('outcome')} IN (${oneOf(OUTCOMES)})` },
      indexes: [
        ['endpointId', 'at', 'id'],
        ['endpointId', 'eventId', 'at', 'id'],
        ['endpointId', 'outcome', 'at', 'id'],
        // Leads to what is purged.
        ['at', 'id'],
      ],
    });
  },

  async down(queryInterface) {
    await queryInterface.dropTable('webhook_attempts');
    await queryInterface.dropTable('webhook_endpoints');
  },
};
