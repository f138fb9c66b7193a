'use strict';

const columnSql = require('./support/column-sql.cjs');
const columnTypes = require('./support/column-types.cjs');
const createTable = require('./support/create-table.cjs');
const dropColumns = require('./support/drop-columns.cjs');

module.exports = {
  async up(queryInterface, Sequelize) {
    const { integer } = columnTypes(Sequelize);

    // One row, which stands for the list of endpoints as a whole. It is added when it is first locked.
    await createTable(queryInterface, 'webhook_endpoint_lists', {
      columns: { id: integer, version: integer },
      primaryKey: ['id'],
    });

    /** Which of the choices of a subscriber its types are. */
    if ('version' in (await queryInterface.describeTable('outbox_subscriptions'))) return;
    const version = `${columnSql(queryInterface, 'version', integer)} DEFAULT 0`;
    await queryInterface.sequelize.query(
      `ALTER TABLE ${queryInterface.quoteIdentifier('outbox_subscriptions')} ADD COLUMN ${version}`,
    );
  },

  async down(queryInterface) {
    await dropColumns(queryInterface, 'outbox_subscriptions', ['version']);
    await queryInterface.dropTable('webhook_endpoint_lists');
  },
};
