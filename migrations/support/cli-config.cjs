'use strict';

/**
 * The configuration of sequelize-cli: the database of DATABASE_URL, or of SERVICE, by the very options with which the shop
 * connects. They are TypeScript, so they are built if need be, as `npm start` does.
 */
module.exports = async () => {
  const { build } = await import('../../scripts/build.mjs');
  await build();
  require('dotenv').config({ quiet: true });
  const { sequelizeOptions } = await import('../../dist/src/platform/database/connect.js');
  const { contextsOf, defaultDatabaseUrl, BACKEND_NAMES, DATA_DIR } =
    await import('../../dist/src/main/services.js');
  const service = process.env.SERVICE || null;
  if (service !== null && !BACKEND_NAMES.includes(service))
    throw new Error(`SERVICE must be unset or one of ${BACKEND_NAMES.join(', ')}, which have a database`);
  return sequelizeOptions({
    url: process.env.DATABASE_URL || defaultDatabaseUrl(service, process.env.DATA_DIR || DATA_DIR),
    currency: process.env.SHOP_CURRENCY || 'USD',
    ...(service !== null && { contexts: contextsOf(service) }),
  });
};
