/** Something in the source without which a race, a retry or a crash could break the shop. */
export interface Guard {
  readonly name: string;
  readonly file: string;
  /** Exact text that stands there once. */
  readonly text: string;
  /** What is put in its place to take the guard away. */
  readonly without: string;
  /** The files one of whose tests has to notice. */
  readonly tests: readonly string[];
  /** Where nothing can notice, and why. */
  readonly idle?: Partial<Record<GuardedDatabase, string>>;
}

export const GUARDED_DATABASES = ['SQLite', 'MariaDB'] as const;
export type GuardedDatabase = (typeof GUARDED_DATABASES)[number];

const ONE_WRITER = { SQLite: 'needs none: one writer at a time' } as const;

const sequelize = (context: string, name: string): string =>
  `src/contexts/${context}/adapters/sequelize/sequelize-${name}-repository.ts`;

/** `updateVersion` as it would be if it did not compare versions. */
const UNCHECKED = `((table, { version, ...key }, changes, ...rest) =>
  import('#src/platform/database/rows.js').then(({ updateRows }) =>
    updateRows(table, { ...changes, version }, key, ...rest),
  ))`;

/** The comparison of an update's or a removal's row with the version that the writer has seen. */
const versionCheck = (what: string, file: string, text: string, test: string): Guard => ({
  name: `version check: ${what}`,
  file,
  text,
  without: text
    .replace('updateVersion(', `${UNCHECKED}(`)
    .replace(/(deleteVersion.*)\{ id, version \}/, '$1{ id }'),
  tests: [test],
});

/** A constraint of the schema. */
const constraint = (name: string, migration: string, text: string, test: string, without = ''): Guard => ({
  name,
  file: `migrations/${migration}.cjs`,
  text,
  without,
  tests: [test],
});

export const guards: readonly Guard[] = [
  {
    name: "the cart's lock",
    file: sequelize('cart', 'cart'),
    text: 'findRow(carts, { customerId }, scope, { lock: true })',
    without: 'findRow(carts, { customerId }, scope)',
    tests: ['tests/cart/cart-repository.test.ts'],
    idle: ONE_WRITER,
  },
  versionCheck(
    'cart',
    sequelize('cart', 'cart'),
    'updateVersion(carts, { customerId, version }, {}, scope)',
    'tests/cart/cart-repository.test.ts',
  ),
  {
    name: 'the condition on stock',
    file: sequelize('catalog', 'stock'),
    text: '{ productId, quantity: { [Op.gte]: -delta } }',
    without: '{ productId }',
    tests: ['tests/catalog/stock-repository.test.ts'],
  },
  {
    name: 'id order: stock',
    file: sequelize('catalog', 'stock'),
    text: 'moves.toSorted((a, b) => compareText(a.productId, b.productId))',
    without: 'moves',
    tests: ['tests/catalog/stock-repository.test.ts'],
    idle: ONE_WRITER,
  },
  {
    name: "the stock's lock of a recount",
    file: 'src/contexts/catalog/application/edit-product.ts',
    text: 'await stock.lock(id)',
    without: '((await stock.levels([id]))[0] ?? null)',
    tests: ['tests/catalog/stock-keeping.test.ts'],
    idle: ONE_WRITER,
  },
  {
    name: "the stock's lock of a deletion",
    file: 'src/contexts/catalog/application/delete-product.ts',
    text: 'await stock.lock(id);',
    without: '',
    tests: ['tests/catalog/stock-keeping.test.ts'],
    idle: ONE_WRITER,
  },
  {
    name: "the products' lock of a sale",
    file: sequelize('catalog', 'product'),
    text: "{ where, order: [['id', 'asc']], lock: true }",
    without: "{ where, order: [['id', 'asc']] }",
    tests: ['tests/catalog/product-repository.test.ts'],
    idle: ONE_WRITER,
  },
  {
    name: "the user's lock of a log-in",
    file: sequelize('accounts', 'user'),
    text: 'findBy({ id }, { lock: true })',
    without: 'findBy({ id })',
    tests: ['tests/accounts/user-repository.test.ts', 'tests/accounts/races.test.ts'],
    idle: ONE_WRITER,
  },
  {
    name: 'the lock of all administrators',
    file: sequelize('accounts', 'user'),
    text: "{ where, order: [['id', 'ASC']], lock: true }",
    without: "{ where, order: [['id', 'ASC']] }",
    tests: ['tests/accounts/races.test.ts'],
    idle: ONE_WRITER,
  },
  {
    name: 'the last administrator stays',
    file: 'src/contexts/accounts/application/require-another-administrator.ts',
    text: "if (administrators.length === 1 && administrators[0] === id) throw fail('last_admin');",
    without: '',
    tests: ['tests/accounts/races.test.ts'],
  },
  versionCheck(
    'order',
    sequelize('ordering', 'order'),
    'updateVersion(\n        orders,\n        { id, version },\n        { status, shippingAddress',
    'tests/ordering/order-repository.test.ts',
  ),
  versionCheck(
    'product',
    sequelize('catalog', 'product'),
    'updateVersion(products, { id, version }, changes',
    'tests/catalog/product-repository.test.ts',
  ),
  versionCheck(
    'deletion of a product',
    sequelize('catalog', 'product'),
    'updateVersion(\n        products,\n        { id, version },\n        { categoryId, skuKey: null',
    'tests/catalog/product-repository.test.ts',
  ),
  versionCheck(
    'category',
    sequelize('catalog', 'category'),
    'updateVersion(\n        categories,\n        { id, version },\n        { name, nameKey',
    'tests/catalog/category-repository.test.ts',
  ),
  versionCheck(
    'deletion of a category',
    sequelize('catalog', 'category'),
    'deleteVersion(categories, { id, version }, scope',
    'tests/catalog/category-repository.test.ts',
  ),
  versionCheck(
    'customer',
    sequelize('customers', 'customer'),
    'updateVersion(customers, { id, version }, changes',
    'tests/customers/customer-repository.test.ts',
  ),
  versionCheck(
    'removal of a customer',
    sequelize('customers', 'customer'),
    'deleteVersion(customers, { id, version }, scope',
    'tests/customers/customer-repository.test.ts',
  ),
  versionCheck(
    'user',
    sequelize('accounts', 'user'),
    'updateVersion(users, { id, version }, changes',
    'tests/accounts/user-repository.test.ts',
  ),
  versionCheck(
    'removal of a user',
    sequelize('accounts', 'user'),
    'deleteVersion(users, { id, version }, scope',
    'tests/accounts/user-repository.test.ts',
  ),
  versionCheck(
    'session',
    sequelize('accounts', 'session'),
    'updateVersion(sessions, { id, version }, { ...changes',
    'tests/accounts/session-repository.test.ts',
  ),
  versionCheck(
    'replay of a refresh token',
    sequelize('accounts', 'session'),
    'updateVersion(sessions, { id, version }, { successor',
    'tests/accounts/session-repository.test.ts',
  ),
  {
    name: 'a refresh token is spent once',
    file: sequelize('accounts', 'session'),
    text: '{ tokenHash: spent, sessionId: id, spentAt: null }',
    without: '{ tokenHash: spent, sessionId: id }',
    tests: ['tests/accounts/session-repository.test.ts'],
  },
  {
    name: 'a mailed token is spent once',
    file: sequelize('accounts', 'mail-token'),
    text: "if ((await deleteRows(mailTokens, { tokenHash }, scope)) === 0) throw failWrite('stale_write');",
    without: 'await deleteRows(mailTokens, { tokenHash }, scope);',
    tests: ['tests/accounts/mail-token-repository.test.ts'],
  },
  {
    name: 'a known place that a rival stores at the same time',
    file: sequelize('accounts', 'known-place'),
    text: "known_places_pkey: () => failWrite('stale_write'),",
    without: '',
    tests: ['tests/accounts/known-place-repository.test.ts'],
    idle: ONE_WRITER,
  },
  {
    name: 'a known place of a user who is just removed',
    file: sequelize('accounts', 'known-place'),
    text: "known_places_userId_fk: () => failWrite('stale_write'),",
    without: '',
    tests: ['tests/accounts/known-place-repository.test.ts'],
  },
  {
    name: 'a network counts as known for its user only',
    file: 'src/contexts/accounts/adapters/crypto/hmac-places.ts',
    text: "`${user ?? ''}\\0${networkOf(address)}`",
    without: '`${networkOf(address)}`',
    tests: ['tests/accounts/http-known-places.test.ts'],
  },
  constraint(
    'one account of an e-mail address',
    '20260101000100-accounts',
    "['emailKey'], ",
    'tests/accounts/user-repository.test.ts',
  ),
  constraint(
    'one account of a user name',
    '20260101000100-accounts',
    ", ['username']",
    'tests/accounts/user-repository.test.ts',
  ),
  constraint(
    'one category of a name',
    '20260101000300-catalog',
    "unique: [['nameKey']],",
    'tests/catalog/category-repository.test.ts',
  ),
  constraint(
    'one product in the shop of a SKU',
    '20261129000600-skus',
    'indexes: [UNIQUE],',
    'tests/catalog/product-repository.test.ts',
  ),
  {
    name: 'a deleted product sets its SKU free',
    file: sequelize('catalog', 'product'),
    text: 'skuKey: null, deletedAt',
    without: 'deletedAt',
    tests: ['tests/catalog/product-repository.test.ts'],
  },
  constraint(
    'one movement of a number',
    '20260101000300-catalog',
    "['productId', 'sequence'],",
    'tests/catalog/stock-repository.test.ts',
  ),
  constraint(
    'one sale and one return of a product in an order',
    '20260101000300-catalog',
    "['orderId', 'productId', 'reason'],",
    'tests/catalog/stock-repository.test.ts',
  ),
  constraint(
    'one line of a product in a cart',
    '20260101000400-cart',
    "primaryKey: ['customerId', 'productId'],",
    'tests/cart/cart-lines.test.ts',
    "primaryKey: ['customerId', 'productId', 'position'],",
  ),
  constraint(
    'one line of a product in an order',
    '20260101000500-ordering',
    "unique: [['orderId', 'productId']],",
    'tests/ordering/order-lines.test.ts',
  ),
  constraint(
    'one default address',
    '20260101000200-customers',
    "unique: [['defaultFor']],",
    'tests/customers/address-rows.test.ts',
  ),
  constraint(
    'one claim of an idempotency key',
    '20260201000000-idempotency-keys',
    "primaryKey: ['id'],",
    'tests/platform/idempotency/replies.test.ts',
    "primaryKey: ['id', 'createdAt'],",
  ),
  constraint(
    'one event of a number',
    '20261129000600-outbox-deliveries',
    'unique: [UNIQUE],\n      // Leads',
    'tests/platform/outbox/outbox-repository.test.ts',
    '// Leads',
  ),
  {
    name: 'the claim of an idempotency key',
    file: 'src/platform/http/pipeline/exactly-once.ts',
    text: 'await ports.replies.claim(key);',
    without: '',
    tests: ['tests/ordering/idempotency.test.ts'],
  },
  {
    name: 'the quota of kept answers',
    file: 'src/platform/idempotency/sequelize-replies.ts',
    text: 'const fits = { caller, bytes: { [Op.lte]: quota - bytes } };',
    without: 'const fits = { caller };',
    tests: ['tests/platform/idempotency/replies.test.ts'],
  },
  {
    name: 'the quota that a claim looks at',
    file: 'src/platform/idempotency/sequelize-replies.ts',
    text: 'bytes: { [Op.gt]: key.quota - RECORD_BYTES }',
    without: 'bytes: { [Op.lt]: 0 }',
    tests: ['tests/platform/idempotency/replies.test.ts'],
  },
  {
    name: 'a removed answer gives its room back once',
    file: 'src/platform/idempotency/sequelize-replies.ts',
    text: '!== ids.length',
    without: '< 0',
    tests: ['tests/platform/idempotency/replies.test.ts'],
    idle: ONE_WRITER,
  },
  {
    name: 'the retry of COMMIT',
    file: 'src/platform/database/transact.ts',
    text: "failDatabase('outcome_unknown'), error) : error;",
    without: "failDatabase('outcome_unknown'), error) : new Error('refused', { cause: error });",
    tests: ['tests/platform/database/transact.test.ts'],
  },
  {
    name: 'the retry of a transaction',
    file: 'src/platform/database/transact.ts',
    text: 'made >= attempts ||',
    without: 'made >= 1 ||',
    tests: ['tests/platform/database/transact.test.ts'],
  },
  {
    name: "the customer's lock of an order",
    file: 'src/contexts/customers/application/choose-address.ts',
    text: 'await customers.hold(customerId)',
    without: 'await customers.find(customerId)',
    tests: ['tests/ordering/pending-limit.test.ts'],
    idle: ONE_WRITER,
  },
  {
    name: 'an order that is confirmed does not expire',
    file: 'src/contexts/ordering/application/expire-orders.ts',
    text: "if (order?.status !== 'pending') return;",
    without: "if (order === null || order.status === 'cancelled') return;",
    tests: ['tests/ordering/expiry.test.ts'],
  },
  {
    name: "the account's lock of an order",
    file: 'src/contexts/accounts/application/lock-account.ts',
    text: 'await users.lock(id)',
    without: 'await users.find(id)',
    tests: ['tests/ordering/disabled-user.test.ts'],
    idle: ONE_WRITER,
  },
  {
    name: 'a disabled user gets no order',
    file: 'src/contexts/ordering/adapters/neighbours.ts',
    text: "if (account.disabled) throw fail('account_disabled');",
    without: '',
    tests: ['tests/ordering/disabled-user.test.ts'],
  },
  {
    name: 'an order that is confirmed is not cancelled in bulk',
    file: 'src/contexts/ordering/application/continue-bulk-cancellation.ts',
    text: "if (order?.status !== 'pending') return true;",
    without: "if (order === null || order.status === 'cancelled') return true;",
    tests: ['tests/ordering/bulk-cancellation.test.ts'],
  },
  {
    name: 'a batch is done once',
    file: 'src/contexts/ordering/application/continue-bulk-cancellation.ts',
    text: 'if (bulk?.version !== version) return; //',
    without: 'if (bulk === null) return; //',
    tests: ['tests/ordering/bulk-cancellation.test.ts'],
  },
  {
    name: 'a bulk cancellation is begun once',
    file: 'src/contexts/ordering/application/cancel-orders-of-disabled-user.ts',
    text: 'if ((await bulkCancellations.find(id)) !== null) return;',
    without: '',
    tests: ['tests/ordering/bulk-cancellation.test.ts'],
  },
  versionCheck(
    'bulk cancellation',
    sequelize('ordering', 'bulk-cancellation'),
    'updateVersion(bulks, { id, version }, {',
    'tests/ordering/bulk-cancellation-repository.test.ts',
  ),
  {
    name: "the customer's hold of a confirmation",
    file: 'src/contexts/ordering/application/advance-order.ts',
    text: "if (status === 'confirmed') await customers.hold(order.customerId);",
    without: '',
    tests: ['tests/customers/large-erasure.test.ts'],
  },
  {
    name: "the customer's lock of a confirmation",
    file: 'src/contexts/customers/application/hold-customer.ts',
    text: 'await customers.hold(id)',
    without: 'await customers.find(id)',
    tests: ['tests/customers/large-erasure.test.ts'],
    idle: ONE_WRITER,
  },
  {
    name: 'an open order keeps its customer from being erased',
    file: 'src/contexts/ordering/application/release-customer.ts',
    text: "if (await orders.hasOpen(customerId)) throw fail('open_orders');",
    without: '',
    tests: ['tests/customers/erasure.test.ts'],
  },
  {
    name: 'an erasure removes the address of a pending order with its cancellation',
    file: 'src/contexts/ordering/application/continue-bulk-cancellation.ts',
    text: 'isErasure(bulk) ? Order.cancelAndAnonymise : Order.cancel',
    without: 'Order.cancel',
    tests: ['tests/customers/large-erasure.test.ts'],
  },
  {
    name: 'an erasure moves the stock of few orders in a batch',
    file: 'src/contexts/ordering/application/continue-bulk-cancellation.ts',
    text: 'if (last === undefined || following === undefined) return',
    without: 'if (last === undefined || following !== null) return',
    tests: ['tests/customers/large-erasure.test.ts'],
  },
  {
    name: 'an erasure writes no order twice',
    file: sequelize('ordering', 'order'),
    text: ', shippingAddress: { [Op.ne]: null } }',
    without: ' }',
    tests: ['tests/ordering/order-repository.test.ts'],
  },
  {
    name: 'an erasure forgets kept answers to the last',
    file: 'src/contexts/privacy/application/forget-requests.ts',
    text: 'while (removed > 0)',
    without: 'while (removed < 0)',
    tests: ['tests/customers/large-erasure.test.ts'],
  },
  {
    name: 'the condition on cancelling',
    file: 'src/contexts/ordering/application/cancel-order.ts',
    text: "if (order.status === 'cancelled') return order;",
    without: '',
    tests: ['tests/ordering/races.test.ts'],
  },
  {
    name: 'places for searches',
    file: 'src/platform/http/pipeline/handler.ts',
    text: 'row.isSearch?.(input.search) === true',
    without: 'false',
    tests: ['tests/catalog/http-searches.test.ts'],
  },
  {
    name: 'places for searches: one is left to a network that was refused',
    file: 'src/platform/search-places.ts',
    text: ' && !(othersWait && running.includes(network))',
    without: '',
    tests: ['tests/catalog/http-searches.test.ts'],
  },
  {
    name: 'places for searches: never the last connection',
    file: 'src/platform/search-places.ts',
    text: 'Math.max(1, Math.min(2, poolMax - 1))',
    without: '2',
    tests: ['tests/catalog/http-searches.test.ts'],
    idle: { SQLite: 'needs none: reads wait for no pool' },
  },
  {
    name: 'searches beside the main thread',
    file: 'src/platform/database/search-rows.ts',
    text: 'reader === undefined || scope.transaction !== undefined',
    without: 'true',
    tests: ['tests/main/sqlite-searches.test.ts'],
    idle: { MariaDB: 'needs none: reads in processes of its own' },
  },
  {
    name: "the relay's lease: claimed only when it is time",
    file: 'src/platform/outbox/sequelize-outbox-repository.ts',
    text: "{ ...where, state: 'pending', [Op.and]: isTime }",
    without: "{ ...where, state: 'pending' }",
    tests: ['tests/platform/outbox/outbox-repository.test.ts'],
  },
  {
    name: "the relay's lease: settled by its holder",
    file: 'src/platform/outbox/sequelize-outbox-repository.ts',
    text: 'settle(outcome, { eventId: event.id, subscriber, claimId })',
    without: 'settle(outcome, { eventId: event.id, subscriber })',
    tests: ['tests/platform/outbox/outbox-repository.test.ts'],
  },
  {
    name: 'an event is dispatched once',
    file: 'src/platform/outbox/sequelize-outbox-repository.ts',
    text: "if (touched < rows.length) throw failWrite('stale_write');",
    without: '',
    tests: ['tests/platform/outbox/outbox-repository.test.ts'],
    idle: ONE_WRITER,
  },
  {
    name: 'the deliveries of a subscriber wait for no other one',
    file: 'src/platform/outbox/sequelize-outbox-repository.ts',
    text: "WHERE ${same('subscriber')} AND ${same('aggregateId')}",
    without: "WHERE ${same('aggregateId')}",
    tests: ['tests/platform/outbox/outbox-repository.test.ts'],
  },
  {
    name: 'what follows a dead-lettered event waits for it',
    file: 'src/platform/outbox/sequelize-outbox-repository.ts',
    text: "WHERE ${same('subscriber')} AND ${same('aggregateId')}",
    without: "WHERE ${earlier('state')} = 'pending' AND ${same('subscriber')} AND ${same('aggregateId')}",
    tests: ['tests/platform/outbox/outbox-repository.test.ts'],
  },
  {
    name: 'the lease of the migrations',
    file: 'src/platform/database/lease.ts',
    text: "AND ${quote('expiresAt')} <= ${clock}`",
    without: '`',
    tests: ['tests/platform/database/migrate.test.ts'],
  },
  {
    name: 'the condition under which a setting is replaced',
    file: 'src/platform/database/shop-settings.ts',
    text: ' AND ${value} = :before`',
    without: '`',
    tests: ['tests/main/token-siblings.test.ts'],
  },
];
