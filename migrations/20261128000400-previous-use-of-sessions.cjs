'use strict';

const addColumns = require('./support/add-columns.cjs');
const columnTypes = require('./support/column-types.cjs');
const dropColumns = require('./support/drop-columns.cjs');

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
    await dropColumns(queryInterface, 'sessions', COLUMNS);
  },
};
