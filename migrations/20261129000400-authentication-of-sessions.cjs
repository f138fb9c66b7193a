'use strict';

const addColumns = require('./support/add-columns.cjs');
const columnTypes = require('./support/column-types.cjs');

module.exports = {
  async up(queryInterface, Sequelize) {
    const { instant, nullable } = columnTypes(Sequelize);

    await addColumns(queryInterface, 'sessions', {
      // Null in the rows that are there, and in those of a process of the version before: since their log-in.
      columns: { authenticatedAt: nullable(instant) },
    });
  },

  async down(queryInterface) {
    const quote = (identifier) => queryInterface.quoteIdentifier(identifier);
    // Not by `removeColumn`, which makes the table anew on SQLite: the tokens would go with the old one.
    await queryInterface.sequelize.query(
      `ALTER TABLE ${quote('sessions')} DROP COLUMN ${quote('authenticatedAt')}`,
    );
  },
};
