'use strict';

const addColumns = require('./support/add-columns.cjs');
const columnTypes = require('./support/column-types.cjs');

const COLUMNS = ['previousDevice', 'previousAddress', 'previousUsedAt', 'previousExpiresAt'];

module.exports = {
  async up(queryInterface, Sequelize) {
    const { text, instant, nullable } = columnTypes(Sequelize);

    await addColumns(queryInterface, 'sessions', {
      columns: {
        /** What is shown of a session until its last refresh is; wiped with `successor`. */
        previousDevice: nullable(text(200)),
        previousAddress: nullable(text(64)),
        previousUsedAt: nullable(instant),
        previousExpiresAt: nullable(instant),
      },
    });
  },

  async down(queryInterface) {
    const quote = (identifier) => queryInterface.quoteIdentifier(identifier);
    // Not by `removeColumn`, which makes the table anew on SQLite: the tokens would go with the old one.
    for (const column of COLUMNS)
      await queryInterface.sequelize.query(`ALTER TABLE ${quote('sessions')} DROP COLUMN ${quote(column)}`);
  },
};
