import { expect } from 'chai';
import { makeKey } from '../support/api-keys.js';
import { onServer, openSqlDatabase, type OpenDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import type { RequestOptions } from '../support/http-client.js';
import { operationsOf, stock, type StockedShop } from '../support/operations.js';
import { aProduct } from '../support/shopping.js';
import { recordedStatements, sentTwice, type RecordedStatements } from '../support/statements.js';
import { testShop, type ShopUnderTest } from '../support/test-shop.js';

/**
 * The statements that each operation sends to the database between a good request and its answer: the session read for the
 * token, BEGIN and COMMIT included. What has a comma in its name is another request to that operation.
 */
const STATEMENTS: Readonly<Record<string, number>> = {
  signUp: 15,
  logIn: 9,
  refreshSession: 6,
  listSessions: 2,
  endSession: 7,
  logOut: 6,
  logOutEverywhere: 6,
  requestPasswordReset: 6,
  confirmPasswordReset: 17,
  verifyEmail: 8,
  requestEmailVerification: 5,
  getMe: 2,
  changeMe: 9,
  changePassword: 13,
  listUsers: 2,
  getUser: 2,
  changeUser: 13,
  createApiKey: 7,
  listApiKeys: 2,
  getApiKey: 2,
  revokeApiKey: 7,
  getPublicKeys: 0,
  getMyProfile: 2,
  changeMyProfile: 9,
  exportMyData: 14,
  eraseMe: 16,
  listMyAddresses: 2,
  addMyAddress: 7,
  getMyAddress: 2,
  replaceMyAddress: 6,
  removeMyAddress: 8,
  listCustomers: 3,
  createCustomer: 11,
  getCustomer: 2,
  replaceCustomer: 11,
  changeCustomer: 11,
  eraseCustomer: 16,
  listProducts: 2,
  getProduct: 1,
  createProduct: 9,
  replaceProduct: 11,
  changeProduct: 10,
  deleteProduct: 10,
  listStockAdjustments: 3,
  adjustStock: 9,
  importProducts: 17, // with those of the upload, which has a transaction for each 200 rows
  exportProducts: 3,
  listImports: 2,
  getImport: 2,
  listImportErrors: 3,
  cancelImport: 4, // of one that has ended
  listCategories: 1,
  getCategory: 1,
  createCategory: 7,
  replaceCategory: 8,
  deleteCategory: 8,
  getCart: 3,
  addToCart: 7,
  setCartLineQuantity: 7,
  removeFromCart: 6,
  clearCart: 6,
  placeOrder: 13,
  listMyOrders: 3,
  listOrders: 4, // the last one reads the customers of the page
  cancelOrders: 7,
  listBulkCancellations: 2,
  getBulkCancellation: 2,
  getOrder: 3,
  changeOrderStatus: 10,
  placeOrderShort: 13,
  getOrderShort: 3,
  listAuditEntries: 2,
  createWebhook: 10, // with the lock under which endpoints are counted
  listWebhooks: 2,
  getWebhook: 2,
  changeWebhook: 8,
  deleteWebhook: 9,
  rotateWebhookSecret: 7,
  pingWebhook: 7,
  listWebhookEventTypes: 1,
  listWebhookDeliveries: 3,
  redeliverWebhookEvent: 9,
  redeliverWebhookEvents: 7,
  getLiveness: 0,
  getReadiness: 2,
  getMetrics: 0,
  getOpenApiJson: 0,
  getOpenApiYaml: 0,
  getHome: 0,
  getDocs: 0,
  getDocsAsset: 0,
  getDemoPicture: 0,
  'addToCart, another product': 7,
  'addToCart, the first product': 8,
  'changeOrderStatus, confirmed': 10,
  'createCustomer, with a phone number': 12,
  'createProduct, in a category': 11,
  'replaceProduct, with another quantity': 13,
  'placeOrder, three products and an Idempotency-Key': 14,
  'placeOrder, two products': 13,
  'createProduct, with an API key': 9,
  'getOrder, with an API key': 4, // the customer too
};

/** The tables that an operation reads again by the same statement, and why. */
const SENT_TWICE: Readonly<Record<string, { readonly tables: readonly string[]; readonly because: string }>> =
  {
    importProducts: {
      tables: ['START TRANSACTION;', 'COMMIT;', 'imports'],
      because:
        'Rows are stored while they arrive, in transactions before that of the command, which each lock the import.',
    },
    confirmPasswordReset: {
      tables: ['mail_tokens'],
      because:
        'Nothing is hashed for a token that does not exist, and only the transaction knows whether it is unused.',
    },
  };

const tableOf = (sql: string): string => /(?:FROM|INTO|UPDATE) `(\w+)`/.exec(sql)?.[1] ?? sql;

/** Makes what a request needs, and returns what is special about it. */
type Prepare = (
  shop: ShopUnderTest,
  stocked: StockedShop,
) => Promise<RequestOptions & { readonly path?: string }>;

const put = async (shop: ShopUnderTest, { ada }: StockedShop): Promise<void> => {
  await ada.put(await aProduct(shop, { name: 'Bowl', quantity: 50 }));
};

/** A key whose use is stored: the next requests of this minute store none. */
const usedKey = async (shop: ShopUnderTest): Promise<string> => {
  const { id, secret } = await makeKey(shop);
  await shop.get('/orders', { token: secret });
  await eventually(async () => {
    const { body } = await shop.get(`/api-keys/${id}`, { token: shop.adminToken });
    return body.lastUsedAt === null ? null : true;
  }, 'the use of the key');
  return secret;
};

/** Of the requests that are not the plain one with the good body that all tests send. */
const PREPARATIONS: Readonly<Record<string, Prepare>> = {
  deleteCategory: async (shop) => {
    const { body } = await shop.post('/categories', { token: shop.adminToken, json: { name: 'Empty' } });
    return { path: `/categories/${String(body.id)}` };
  },
  'addToCart, another product': async (shop) => ({
    json: { productId: await aProduct(shop, { name: 'Bowl' }), quantity: 1 },
  }),
  'addToCart, the first product': async (shop, { productId }) => {
    const { token } = await shop.signUp();
    return { token, json: { productId, quantity: 1 } };
  },
  'placeOrder, two products': async (shop, stocked) => {
    await put(shop, stocked);
    return {};
  },
  'placeOrder, three products and an Idempotency-Key': async (shop, stocked) => {
    await put(shop, stocked);
    await put(shop, stocked);
    return { headers: { 'Idempotency-Key': 'once' } };
  },
  'replaceProduct, with another quantity': () =>
    Promise.resolve({ json: { name: 'Bowl', description: 'Deep', price: 4.5, quantity: 7 } }),
  'createProduct, in a category': (_shop, { categoryId }) =>
    Promise.resolve({ json: { name: 'Bowl', description: 'Deep', price: 4.5, categoryId, quantity: 7 } }),
  'createCustomer, with a phone number': () =>
    Promise.resolve({ json: { name: 'Eve', email: 'eve@example.com', phone: '1' } }),
  'createProduct, with an API key': async (shop) => ({
    token: await usedKey(shop),
    json: { name: 'Bowl', description: 'Deep', price: 4.5 },
  }),
  'getOrder, with an API key': async (shop) => ({ token: await usedKey(shop) }),
  'changeOrderStatus, confirmed': (shop) =>
    Promise.resolve({ token: shop.adminToken, json: { status: 'confirmed' } }),
};

/** Without a relay, whose statements belong to no request. */
const noRelay = { start: () => undefined, wake: () => undefined, stop: () => Promise.resolve() };

const openShop = (url: string, statements: RecordedStatements): Promise<ShopUnderTest> =>
  testShop({
    environment: { DATABASE_URL: url, PENDING_ORDER_TTL: '0', CATALOG_MAX_STALE_MS: '0' },
    overrides: {
      replaceRepositories: () => ({
        users: (original, scope) => {
          if (scope.kind === 'sql') statements.from(scope.sequelize);
          return original;
        },
      }),
      relay: () => noRelay,
    },
  });

onServer('MariaDB', 'The statements between a request and its answer', () => {
  const statements = recordedStatements();
  const sent: Record<string, readonly string[]> = {};
  let database: OpenDatabase;
  let shop: ShopUnderTest;

  /** Sends one good request in a shop that no other request has used up. */
  const send = async (name: string, stocked: StockedShop): Promise<void> => {
    const operation = operationsOf(shop, stocked).find(
      ({ row }) => row.operationId === name.replace(/,.*/, ''),
    );
    if (operation === undefined) return expect.fail(`the shop has no ${name}`);
    const { row, body, call } = operation;
    const prepared = await PREPARATIONS[name]?.(shop, stocked);
    sent[name] = await statements.during(async () => {
      const { status } = await call({ ...(row.body !== undefined && { json: body }), ...prepared });
      expect(status, name).to.be.within(200, 299);
    });
  };

  before(async () => {
    database = await openSqlDatabase('MariaDB', { migrated: false });
    shop = await openShop(database.url, statements);
    const unchanged = await stock(shop);
    for (const { operationId, method } of shop.shop.http.table)
      await send(operationId, method === 'get' ? unchanged : await stock(shop));
    for (const name of Object.keys(PREPARATIONS).filter((each) => each.includes(',')))
      await send(name, await stock(shop));
  });
  after(async () => {
    await shop.close();
    await database.close();
  });

  it('The statements of a request are as many as the table says, for every operation', () => {
    const counts = Object.fromEntries(Object.entries(sent).map(([name, { length }]) => [name, length]));
    expect(counts).to.deep.equal(STATEMENTS);
  });

  it('The statements of a request are sent once each, but for those that have a reason', () => {
    const twice = Object.entries(sent).map(([name, all]) => [name, sentTwice(all).map(tableOf)] as const);
    const found = Object.fromEntries(twice.filter(([, tables]) => tables.length > 0));
    const allowed = Object.entries(SENT_TWICE).map(([name, { tables }]) => [name, tables]);
    expect(found).to.deep.equal(Object.fromEntries(allowed));
  });
});
