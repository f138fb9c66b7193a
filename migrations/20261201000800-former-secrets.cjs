'use strict';

const { QueryTypes } = require('sequelize');
const addColumns = require('./support/add-columns.cjs');
const columnTypes = require('./support/column-types.cjs');
const dropColumns = require('./support/drop-columns.cjs');
const { holds } = require('./support/tables.cjs');

const TABLE = 'webhook_endpoints';
const FORMER = ['previousSecret', 'previousSecretEndsAt'];

/** Returns those of the columns that the table still has: an earlier run may have been interrupted. */
const presentOf = async (queryInterface, columns) => {
  const present = await queryInterface.describeTable(TABLE);
  return columns.filter((column) => column in present);
};

/** Sets columns of the endpoints, of which there are few, that have a value in one of them. */
const change = async (queryInterface, column, changesOf) => {
  const quote = (name) => queryInterface.quoteIdentifier(name);
  const rows = await queryInterface.sequelize.query(
    `SELECT * FROM ${quote(TABLE)} WHERE ${quote(column)} IS NOT NULL`,
    { type: QueryTypes.SELECT },
  );
  for (const row of rows) await queryInterface.bulkUpdate(TABLE, changesOf(row), { id: row.id });
};

module.exports = {
  async up(queryInterface, Sequelize) {
    const { longText, nullable } = columnTypes(Sequelize);
    if (!holds(queryInterface, TABLE)) return;

    /** JSON: the secrets before the last rotations, each with the time at which it ends. */
    await addColumns(queryInterface, TABLE, { columns: { formerSecrets: nullable(longText) } });
    const present = await presentOf(queryInterface, FORMER);
    if (present.length === FORMER.length)
      await change(queryInterface, 'previousSecret', ({ previousSecret, previousSecretEndsAt }) => ({
        formerSecrets: JSON.stringify([
          { secret: previousSecret, endsAt: new Date(previousSecretEndsAt).toISOString() },
        ]),
      }));
    await dropColumns(queryInterface, TABLE, present);
  },

  async down(queryInterface, Sequelize) {
    const { text, instant, nullable } = columnTypes(Sequelize);
    if (!holds(queryInterface, TABLE)) return;

    await addColumns(queryInterface, TABLE, {
      columns: { previousSecret: nullable(text(255)), previousSecretEndsAt: nullable(instant) },
    });
    const present = await presentOf(queryInterface, ['formerSecrets']);
    if (present.length > 0)
      await change(queryInterface, 'formerSecrets', ({ formerSecrets }) => {
        const [{ secret, endsAt }] = JSON.parse(formerSecrets);
        return { previousSecret: secret, previousSecretEndsAt: new Date(endsAt) };
      });
    await dropColumns(queryInterface, TABLE, present);
  },
};
