import { expect } from 'chai';
import type { Overrides } from '#src/main/container.js';
import type { Scope } from '#src/main/persistence/persistence.js';
import { BACKEND_NAMES, serviceOf, type BackendName, type ServiceName } from '#src/main/services.js';
import { replacing } from '#src/platform/lazily.js';
import { onServer, openSqlDatabase } from '../support/databases.js';
import type { Received } from '../support/http-client.js';
import {
  closeDatabases,
  forEachService,
  urlsOf,
  type OfEachService,
  type ServiceDatabases,
} from '../support/service-databases.js';
import { aProduct } from '../support/shopping.js';
import { recordedStatements, type RecordedStatements } from '../support/statements.js';
import { testServiceShop, type ServicesUnderTest } from '../support/test-shop.js';
import { webhookReceiver } from '../support/webhook-receiver.js';
import { hooksOf, settled, withdrawn } from '../support/webhooks.js';

/** What one request of a client makes five services do. */
interface Work {
  /** Requests between the processes, in their order: the client's own, and `<caller> calls <operation> of <service>`. */
  readonly requests: readonly string[];
  /** Statements to each database, BEGIN and COMMIT included. */
  readonly statements: Partial<OfEachService<number>>;
}

const AUTHENTICATED = 'gateway calls authenticate of user';

/** What each message and each statement costs is in docs/performance.md; how many there are is here. */
const WORK: Readonly<Record<string, Work>> = {
  getProduct: { requests: ['product'], statements: { product: 1 } },
  listProducts: { requests: ['product'], statements: { product: 2 } },
  getMe: { requests: [AUTHENTICATED, 'user'], statements: { user: 2 } },
  listMyOrders: { requests: [AUTHENTICATED, 'transaction'], statements: { user: 1, transaction: 2 } },
  getCart: {
    requests: [AUTHENTICATED, 'transaction', 'transaction calls summariseProducts of product'],
    statements: { user: 1, product: 1, transaction: 1 },
  },
  addToCart: {
    requests: [AUTHENTICATED, 'transaction', 'transaction calls summariseProducts of product'],
    // The lines have to be read to know the products: the transaction begins again.
    statements: { user: 1, product: 1, transaction: 9 },
  },
  placeOrder: {
    requests: [
      AUTHENTICATED,
      'transaction',
      'transaction calls findAccount of user',
      'transaction calls chooseAddress of customer',
      'transaction calls reserveStock of product',
      'transaction calls findAccount of user',
    ],
    // Two transactions, as many as the saga has steps here: no call begins another one.
    statements: { user: 3, customer: 1, product: 7, transaction: 12 },
  },
};

/** Without a relay, whose statements belong to no request. */
const noRelay = { start: () => undefined, wake: () => undefined, stop: () => Promise.resolve() };

const TO_PRODUCT = 'transaction sends order.placed to service-product';
const TO_USER = 'transaction sends order.placed to service-user';

/** The events of an order that services send each other, by what webhook endpoints want; null: there is none. */
const SENT: readonly (readonly [wanted: readonly string[] | null, sent: readonly string[]])[] = [
  [null, [TO_PRODUCT]],
  [[], [TO_PRODUCT]],
  [['product.updated', 'order.shipped'], [TO_PRODUCT]],
  [['order.placed'], [TO_PRODUCT, TO_USER]],
];

describe('The events of an order across services', () => {
  for (const [wanted, sent] of SENT) {
    const where = sent.includes(TO_USER) ? 'product and user' : 'product alone';
    const when =
      wanted === null ? 'there is no webhook endpoint' : `one wants ${wanted.join(' and ') || 'none'}`;
    it(`The events of an order across services are sent to ${where} while ${when}`, async () => {
      const events: string[] = [];
      const shop = await testServiceShop({
        environment: { WEBHOOKS_ALLOW_PRIVATE_TARGETS: 'true' },
        overrides: (name) => ({
          neighbours: (original) => {
            const made = original();
            if (made === null) return null;
            const recording = made.subscribers.map((subscriber) => ({
              ...subscriber,
              handle: (...given: Parameters<typeof subscriber.handle>) => {
                events.push(`${name} sends ${given[0].type} to ${subscriber.name}`);
                return subscriber.handle(...given);
              },
            }));
            return replacing(made, { subscribers: () => recording });
          },
        }),
      });
      const receiver = await webhookReceiver();
      if (wanted !== null) await hooksOf(shop).create(receiver.url, wanted);
      const productId = await aProduct(shop, { quantity: 50 });
      const { token } = await shop.signUp();
      expect((await shop.post('/cart', { token, json: { productId, quantity: 1 } })).status).to.equal(200);
      await withdrawn(shop.shop);
      await settled(shop.shop);
      events.splice(0);
      expect((await shop.post('/orders', { token })).status).to.equal(201);
      await settled(shop.shop);
      expect(events.toSorted()).to.deep.equal(sent);
      await shop.close();
      await receiver.close();
    });
  }
});

onServer('MariaDB', 'The work of a request across services', () => {
  let databases: ServiceDatabases;
  let statements: OfEachService<RecordedStatements>;
  let requests: string[] = [];
  let shop: ServicesUnderTest;
  const done: Record<string, Work> = {};

  /** Records the statements of a service from when it first uses the repository. */
  const recorded =
    (name: BackendName) =>
    <Repository>(original: Repository, scope: Scope): Repository => {
      if (scope.kind === 'sql') statements[name].from(scope.sequelize);
      return original;
    };

  const recording = (name: ServiceName): Overrides => ({
    relay: () => noRelay,
    eventSenders: () => [], // whose statements belong to none either
    ...(name !== 'gateway' && {
      replaceRepositories: () => ({
        users: recorded(name),
        customers: recorded(name),
        products: recorded(name),
        carts: recorded(name),
      }),
    }),
    neighbours: (original) => {
      const made = original();
      if (made === null) return null;
      return replacing(made, {
        holding: () => (context) => ({
          call: (operation, request) => {
            requests.push(`${name} calls ${operation.name} of ${serviceOf(context)}`);
            return made.holding(context).call(operation, request);
          },
        }),
        forwarding: () => (context) => ({
          ...made.forwarding(context),
          forward: (ctx) => {
            requests.push(serviceOf(context));
            return made.forwarding(context).forward(ctx);
          },
        }),
      });
    },
  });

  const record = async (name: string, send: () => Promise<Pick<Received, 'status'>>): Promise<void> => {
    const counts: Partial<Record<BackendName, number>> = {};
    requests = [];
    const sendAll = BACKEND_NAMES.reduce<() => Promise<unknown>>(
      (inner, service) => async () => {
        const { length } = await statements[service].during(inner);
        if (length > 0) counts[service] = length;
      },
      async () => expect((await send()).status, name).to.be.within(200, 299),
    );
    await sendAll();
    done[name] = { requests, statements: counts };
  };

  before(async () => {
    databases = await forEachService(() => openSqlDatabase('MariaDB', { migrated: false }));
    statements = await forEachService(() => Promise.resolve(recordedStatements()));
    shop = await testServiceShop({
      overrides: recording,
      databases: urlsOf(databases),
      environment: { CATALOG_MAX_STALE_MS: '0', PENDING_ORDERS_MAX: '0' },
    });
    const { token } = await shop.signUp();
    const productId = await aProduct(shop, { quantity: 50 });
    const put = () => shop.post('/cart', { token, json: { productId, quantity: 1 } });
    // The first order makes what later ones find: the cart and the profile.
    await put();
    await shop.post('/orders', { token });
    await record('getProduct', () => shop.get(`/products/${productId}`));
    await record('listProducts', () => shop.get('/products'));
    await record('getMe', () => shop.get('/auth/me', { token }));
    await record('listMyOrders', () => shop.get('/orders/mine', { token }));
    await record('addToCart', put);
    await record('getCart', () => shop.get('/cart', { token }));
    await record('placeOrder', () => shop.post('/orders', { token }));
  });
  after(async () => {
    await shop.close();
    await closeDatabases(databases);
  });

  for (const [name, work] of Object.entries(WORK))
    it(`The work of a request across services is as much as the table says for ${name}`, () => {
      expect(done[name]).to.deep.equal(work);
    });
});
