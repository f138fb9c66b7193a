'use strict';

const createTable = require('./support/create-table.cjs');
const columnTypes = require('./support/column-types.cjs');

module.exports = {
  async up(queryInterface, Sequelize) {
    const { uuid, code, text, longText, instant, integer, nullable } = columnTypes(Sequelize);

    await createTable(queryInterface, 'customers', {
      columns: {
        id: uuid,
        name: text(120),
        email: text(254),
        /** Name and e-mail address, normalised, for the search. */
        searchKey: longText,
        phone: nullable(text(40)),
        version: integer,
        createdAt: instant,
        updatedAt: instant,
      },
      primaryKey: ['id'],
      indexes: [['createdAt', 'id']],
    });

    await createTable(queryInterface, 'addresses', {
      columns: {
        id: uuid,
        customerId: uuid,
        position: integer,
        /** The customer whose default address this is: unique, so that there is one at most. */
        defaultFor: nullable(uuid),
        name: nullable(text(120)),
        line1: text(200),
        line2: nullable(text(200)),
        city: text(120),
        region: nullable(text(120)),
        postalCode: nullable(text(20)),
        country: code(2),
        phone: nullable(text(40)),
      },
      primaryKey: ['id'],
      unique: [['defaultFor']],
      foreignKeys: { customerId: { table: 'customers', column: 'id', onDelete: 'CASCADE' } },
      checks: { defaultFor: (quote) => `${quote('defaultFor')} = ${quote('customerId')}` },
      indexes: [['customerId', 'position']],
    });
  },

  async down(queryInterface) {
    for (const table of ['addresses', 'customers']) await queryInterface.dropTable(table);
  },
};
