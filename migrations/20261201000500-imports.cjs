'use strict';

const createTable = require('./support/create-table.cjs');
const columnTypes = require('./support/column-types.cjs');

module.exports = {
  async up(queryInterface, Sequelize) {
    const { uuid, text, longText, instant, integer, nullable } = columnTypes(Sequelize);

    await createTable(queryInterface, 'imports', {
      columns: {
        id: uuid,
        status: text(16),
        format: text(16),
        requestedBy: nullable(uuid),
        rows: integer,
        created: integer,
        updated: integer,
        unchanged: integer,
        refused: integer,
        version: integer,
        createdAt: instant,
        updatedAt: instant,
        finishedAt: nullable(instant),
      },
      primaryKey: ['id'],
      indexes: [
        ['createdAt', 'id'],
        ['status', 'updatedAt', 'id'],
        ['finishedAt', 'id'],
      ],
    });

    // Rows that are to be applied: several in one row, which is removed when they are.
    await createTable(queryInterface, 'import_chunks', {
      columns: {
        importId: uuid,
        position: integer,
        /** JSON: they are only read as a whole. */
        rows: longText,
      },
      primaryKey: ['importId', 'position'],
      foreignKeys: { importId: { table: 'imports', column: 'id', onDelete: 'CASCADE' } },
    });

    await createTable(queryInterface, 'import_errors', {
      columns: {
        importId: uuid,
        line: integer,
        sku: nullable(text(64)),
        /** JSON. */
        problems: longText,
      },
      primaryKey: ['importId', 'line'],
      foreignKeys: { importId: { table: 'imports', column: 'id', onDelete: 'CASCADE' } },
    });
  },

  async down(queryInterface) {
    for (const table of ['import_errors', 'import_chunks', 'imports']) await queryInterface.dropTable(table);
  },
};
