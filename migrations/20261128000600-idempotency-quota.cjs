'use strict';

const addColumns = require('./support/add-columns.cjs');
const createTable = require('./support/create-table.cjs');
const columnTypes = require('./support/column-types.cjs');
const dropColumns = require('./support/drop-columns.cjs');

const TABLE = 'idempotency_keys';
/** Of callers alone; the one of callers and times serves what it did. */
const FORMER_INDEX = `${TABLE}_caller_idx`;

module.exports = {
  async up(queryInterface, Sequelize) {
    const { uuid, byteCount, integer, nullable } = columnTypes(Sequelize);

    await createTable(queryInterface, 'idempotency_usage', {
      // The sum of the bytes of a caller's rows in idempotency_keys.
      columns: { caller: uuid, bytes: byteCount },
      primaryKey: ['caller'],
    });
    // The second index is for the oldest answer of a caller.
    await addColumns(queryInterface, TABLE, {
      columns: { bytes: nullable(integer) },
      indexes: [['caller', 'createdAt']],
    });
    const indexes = await queryInterface.showIndex(TABLE);
    if (indexes.some(({ name }) => name === FORMER_INDEX))
      await queryInterface.removeIndex(TABLE, FORMER_INDEX);
  },

  async down(queryInterface) {
    const quote = (identifier) => queryInterface.quoteIdentifier(identifier);
    const { sequelize } = queryInterface;
    await sequelize.query(`CREATE INDEX ${quote(FORMER_INDEX)} ON ${quote(TABLE)} (${quote('caller')})`);
    await queryInterface.removeIndex(TABLE, `${TABLE}_caller_createdAt_idx`);
    await dropColumns(queryInterface, TABLE, ['bytes']);
    await queryInterface.dropTable('idempotency_usage');
  },
};
