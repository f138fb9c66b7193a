'use strict';

const addColumns = require('./support/add-columns.cjs');
const columnTypes = require('./support/column-types.cjs');
const dropColumns = require('./support/drop-columns.cjs');

module.exports = {
  async up(queryInterface, Sequelize) {
    const { instant, nullable } = columnTypes(Sequelize);

    await addColumns(queryInterface, 'sessions', {
      // Null in the rows that are there, and in those of a process of the version before: since their log-in.
      columns: { authenticatedAt: nullable(instant) },
    });
  },

  async down(queryInterface) {
    await dropColumns(queryInterface, 'sessions', ['authenticatedAt']);
  },
};
