'use strict';

const createTable = require('./support/create-table.cjs');
const columnTypes = require('./support/column-types.cjs');

module.exports = {
  async up(queryInterface, Sequelize) {
    const { uuid, text, instant, milliseconds, integer, nullable } = columnTypes(Sequelize);

    await createTable(queryInterface, 'bulk_cancellations', {
      columns: {
        id: uuid,
        reason: text(32),
        requestedBy: nullable(uuid),
        customerId: nullable(uuid),
        placedFrom: nullable(instant),
        placedBefore: nullable(instant),
        /** Where the last batch ended: time and id of an order. */
        afterTime: nullable(milliseconds),
        afterId: nullable(uuid),
        cancelled: integer,
        version: integer,
        createdAt: instant,
        updatedAt: instant,
        finishedAt: nullable(instant),
      },
      primaryKey: ['id'],
      indexes: [
        ['createdAt', 'id'],
        ['customerId', 'createdAt', 'id'],
      ],
    });
  },

  async down(queryInterface) {
    await queryInterface.dropTable('bulk_cancellations');
  },
};
