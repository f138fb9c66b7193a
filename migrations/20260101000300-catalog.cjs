'use strict';

const createTable = require('./support/create-table.cjs');
const columnTypes = require('./support/column-types.cjs');

module.exports = {
  async up(queryInterface, Sequelize) {
    const { uuid, text, sortKey, longText, instant, minorUnits, integer, nullable } = columnTypes(Sequelize);

    await createTable(queryInterface, 'categories', {
      columns: {
        id: uuid,
        name: text(120),
        nameKey: sortKey,
        description: longText,
        version: integer,
        createdAt: instant,
        updatedAt: instant,
      },
      primaryKey: ['id'],
      unique: [['nameKey']],
    });

    await createTable(queryInterface, 'products', {
      columns: {
        id: uuid,
        name: text(200),
        nameKey: sortKey,
        description: longText,
        /** Name and description, normalised, for the search. */
        searchKey: longText,
        priceMinor: minorUnits,
        categoryId: nullable(uuid),
        imageUrl: nullable(text(2048)),
        version: integer,
        createdAt: instant,
        updatedAt: instant,
        deletedAt: nullable(instant),
      },
      primaryKey: ['id'],
      foreignKeys: { categoryId: { table: 'categories', column: 'id', onDelete: 'RESTRICT' } },
      checks: { priceMinor: (quote) => `${quote('priceMinor')} >= 0` },
      // One for each sort of the shop, and of a category: a deleted product is in none.
      indexes: [
        ['deletedAt', 'nameKey', 'id'],
        ['deletedAt', 'priceMinor', 'id'],
        ['deletedAt', 'createdAt', 'id'],
        ['categoryId', 'nameKey', 'id'],
        ['categoryId', 'priceMinor', 'id'],
        ['categoryId', 'createdAt', 'id'],
      ],
    });

    await createTable(queryInterface, 'stock', {
      columns: { productId: uuid, quantity: integer, version: integer },
      primaryKey: ['productId'],
      foreignKeys: { productId: { table: 'products', column: 'id', onDelete: 'RESTRICT' } },
      checks: { quantity: (quote) => `${quote('quantity')} >= 0` },
    });

    await createTable(queryInterface, 'stock_ledger', {
      columns: {
        id: uuid,
        productId: uuid,
        sequence: integer,
        delta: integer,
        reason: text(16),
        note: nullable(text(500)),
        orderId: nullable(uuid),
        balance: integer,
        createdAt: instant,
      },
      primaryKey: ['id'],
      unique: [
        ['productId', 'sequence'],
        // An order takes a product once and gives it back once.
        ['orderId', 'productId', 'reason'],
      ],
      foreignKeys: { productId: { table: 'products', column: 'id', onDelete: 'RESTRICT' } },
      checks: {
        reason: (quote) => `${quote('reason')} IN ('initial', 'order', 'cancellation', 'adjustment', 'edit')`,
        balance: (quote) => `${quote('balance')} >= 0`,
      },
    });
  },

  async down(queryInterface) {
    for (const table of ['stock_ledger', 'stock', 'products', 'categories'])
      await queryInterface.dropTable(table);
  },
};
