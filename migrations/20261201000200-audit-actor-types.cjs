'use strict';

const addColumns = require('./support/add-columns.cjs');
const columnTypes = require('./support/column-types.cjs');
const dropColumns = require('./support/drop-columns.cjs');

module.exports = {
  async up(queryInterface, Sequelize) {
    const { text, nullable } = columnTypes(Sequelize);

    await addColumns(queryInterface, 'audit_entries', {
      // Null in the entries that are there, and in those of a process of the version before: their actors are users.
      columns: { actorType: nullable(text(16)) },
    });
  },

  async down(queryInterface) {
    await dropColumns(queryInterface, 'audit_entries', ['actorType']);
  },
};
