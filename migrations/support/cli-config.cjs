'use strict';

/**
 * The configuration of sequelize-cli: the database of DATABASE_URL by the very options with which the shop connects.
 * They are TypeScript; tsx, which like sequelize-cli is a development dependency, reads them from source.
 */
module.exports = async () => {
  const { tsImport } = await import('tsx/esm/api');
  require('dotenv').config({ quiet: true });
  const { sequelizeOptions } = await tsImport('../../src/platform/database/connect.ts', __filename);
  return sequelizeOptions({
    url: process.env.DATABASE_URL || 'sqlite:./data/portico.db',
    currency: process.env.SHOP_CURRENCY || 'USD',
  });
};
