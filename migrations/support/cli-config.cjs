'use strict';

/**
 * The configuration of sequelize-cli: the database of DATABASE_URL by the very options with which the shop connects.
 * They are TypeScript, so they are built if need be, as `npm start` does.
 */
module.exports = async () => {
  const { build } = await import('../../scripts/build.mjs');
  await build();
  require('dotenv').config({ quiet: true });
  const { sequelizeOptions } = await import('../../dist/src/platform/database/connect.js');
  return sequelizeOptions({
    url: process.env.DATABASE_URL || 'sqlite:./data/portico.db',
    currency: process.env.SHOP_CURRENCY || 'USD',
  });
};
