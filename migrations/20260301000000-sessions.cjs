'use strict';

const addColumns = require('./support/add-columns.cjs');
const columnTypes = require('./support/column-types.cjs');

module.exports = {
  async up(queryInterface, Sequelize) {
    const { text, instant, nullable } = columnTypes(Sequelize);

    await addColumns(queryInterface, 'sessions', {
      columns: {
        device: nullable(text(200)),
        address: nullable(text(64)),
        /** The unspent refresh token, sealed under the one that was spent last; until `graceUntil`. */
        successor: nullable(text(128)),
        graceUntil: nullable(instant),
      },
      // For housekeeping.
      indexes: [['expiresAt'], ['endedAt'], ['graceUntil']],
    });
  },

  async down(queryInterface) {
    const quote = (identifier) => queryInterface.quoteIdentifier(identifier);
    for (const column of ['expiresAt', 'endedAt', 'graceUntil'])
      await queryInterface.removeIndex('sessions', `sessions_${column}_idx`);
    // Not by `removeColumn`, which makes the table anew on SQLite: the tokens would go with the old one.
    for (const column of ['device', 'address', 'successor', 'graceUntil'])
      await queryInterface.sequelize.query(`ALTER TABLE ${quote('sessions')} DROP COLUMN ${quote(column)}`);
  },
};
