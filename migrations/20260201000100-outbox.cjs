'use strict';

const createTable = require('./support/create-table.cjs');
const columnTypes = require('./support/column-types.cjs');

module.exports = {
  async up(queryInterface, Sequelize) {
    const { uuid, text, longText, instant, milliseconds, integer, nullable } = columnTypes(Sequelize);

    await createTable(queryInterface, 'outbox_events', {
      columns: {
        id: uuid,
        /** The kind of aggregate, the first part of the type: a product's id is also that of its stock. */
        aggregate: text(32),
        aggregateId: uuid,
        version: integer,
        sequence: integer,
        type: text(64),
        /** JSON, ids only. */
        data: longText,
        occurredAt: instant,
        state: text(16),
        /** When it may be claimed while it is pending, and purged once it is delivered; on the database's clock. */
        dueAt: milliseconds,
        tries: integer,
        claimId: nullable(uuid),
      },
      primaryKey: ['id'],
      // The version first: an optimiser that looked for an aggregate's first undelivered event in this index would walk
      // through all that was delivered; the second of the indexes below leads past it.
      unique: [['version', 'aggregateId', 'aggregate', 'sequence']],
      checks: {
        state: (quote) => `${quote('state')} IN ('pending', 'parked', 'delivered')`,
      },
      indexes: [
        ['state', 'dueAt', 'id'],
        ['aggregate', 'aggregateId', 'state', 'version', 'sequence'],
      ],
    });
  },

  async down(queryInterface) {
    await queryInterface.dropTable('outbox_events');
  },
};
