'use strict';

const addColumns = require('./support/add-columns.cjs');
const columnTypes = require('./support/column-types.cjs');
const dropColumns = require('./support/drop-columns.cjs');
const { removeIndexes } = require('./support/indexes.cjs');

/** For housekeeping. */
const INDEXES = [['expiresAt'], ['endedAt'], ['graceUntil']];

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
      indexes: INDEXES,
    });
  },

  async down(queryInterface) {
    await removeIndexes(queryInterface, 'sessions', INDEXES);
    await dropColumns(queryInterface, 'sessions', ['device', 'address', 'successor', 'graceUntil']);
  },
};
