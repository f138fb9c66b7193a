'use strict';

const addColumns = require('./support/add-columns.cjs');
const columnSql = require('./support/column-sql.cjs');
const columnTypes = require('./support/column-types.cjs');
const dropColumns = require('./support/drop-columns.cjs');

module.exports = {
  async up(queryInterface, Sequelize) {
    const { integer, milliseconds, nullable } = columnTypes(Sequelize);

    /** Until then nothing begins for the person, on the database's clock. */
    await addColumns(queryInterface, 'people', { columns: { heldUntil: nullable(milliseconds) } });
    if ('version' in (await queryInterface.describeTable('people'))) return;
    // By a change of the version, the nodes of a cluster see that two transactions have locked one person.
    const version = `${columnSql(queryInterface, 'version', integer)} DEFAULT 1`;
    await queryInterface.sequelize.query(
      `ALTER TABLE ${queryInterface.quoteIdentifier('people')} ADD COLUMN ${version}`,
    );
  },

  async down(queryInterface) {
    await dropColumns(queryInterface, 'people', ['version', 'heldUntil']);
  },
};
