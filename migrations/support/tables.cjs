'use strict';

/** The tables of each context. Every other table is the platform's, and is in every database. */
const TABLES = {
  audit: ['audit_entries', 'audit_salts'],
  accounts: ['users', 'sessions', 'refresh_tokens', 'mail_tokens', 'known_places', 'api_keys'],
  customers: ['customers', 'addresses', 'customer_words'],
  catalog: [
    'categories',
    'products',
    'product_words',
    'stock',
    'stock_ledger',
    'stock_reservations',
    'imports',
    'import_chunks',
    'import_errors',
  ],
  cart: ['carts', 'cart_lines'],
  webhooks: ['webhook_endpoints', 'webhook_attempts', 'webhook_endpoint_lists'],
  ordering: ['orders', 'order_lines', 'bulk_cancellations', 'order_placements'],
};

module.exports = {
  TABLES,

  /**
   * Returns whether a database has a table: that of a service has the tables of the service's own contexts only. What the other
   * helpers here add to a table that is elsewhere, they leave out.
   *
   * @param {import('sequelize').QueryInterface} queryInterface
   * @param {string} table
   */
  holds(queryInterface, table) {
    const { contexts } = queryInterface.sequelize.options;
    const owner = Object.keys(TABLES).find((context) => TABLES[context].includes(table));
    return contexts === undefined || owner === undefined || contexts.includes(owner);
  },
};
