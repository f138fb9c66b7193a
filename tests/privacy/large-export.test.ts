import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { expect } from 'chai';
import { orderTables } from '#src/contexts/ordering/adapters/sequelize/order-tables.js';
import type { OrderRepository } from '#src/contexts/ordering/application/ports.js';
import type { CustomerId, OrderId } from '#src/kernel/ids.js';
import { insertRows } from '#src/platform/database/rows.js';
import { aShippingAddress, anOrder } from '../support/builders/ordering.js';
import { onServer, openSqlDatabase, type OpenDatabase, type SqlDatabaseName } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { anOrderedShopper, type Shopper } from '../support/shopping.js';
import { testShop, type ShopUnderTest } from '../support/test-shop.js';

const ORDERS = 10_000;
const AT_A_TIME = 500;
/** Of an export. */
const PAGE = 50;
const EXPORT = '/customers/me/export';
/** Addresses so long that a client which does not read can't have the whole document in its buffers: 17 MB. */
const long = '€'.repeat(200);
const ADDRESS = aShippingAddress({ line1: long, line2: long });

const describeExports = (name: SqlDatabaseName): void => {
  let database: OpenDatabase;
  let shop: ShopUnderTest;
  let shopper: Shopper;
  /** The limits of the pages of orders that were read. */
  let pages: number[];
  let between: () => Promise<void>;

  const noticing = (orders: OrderRepository): OrderRepository => ({
    ...orders,
    list: async (filter, page) => {
      pages.push(page.limit);
      await between();
      return orders.list(filter, page);
    },
  });

  const stored = async (customerId: CustomerId): Promise<void> => {
    const { orders, lines } = orderTables(database.sequelize);
    for (let first = 0; first < ORDERS; first += AT_A_TIME) {
      const made = Array.from({ length: AT_A_TIME }, (_, at) =>
        anOrder({ customerId, status: 'delivered', createdAt: new Date(Date.UTC(2026, 0, 1) + first + at) }),
      );
      const orderRows = made.map(({ lines: _lines, total, shippingAddress: _address, ...order }) => ({
        ...order,
        currency: total.currency.code,
        totalMinor: total.minor,
        shippingAddress: JSON.stringify(ADDRESS),
      }));
      const lineRows = made.flatMap((order) =>
        order.lines.map(({ unitPrice, ...line }) => ({
          ...line,
          skuKey: null,
          orderId: order.id,
          position: 1,
          unitPriceMinor: unitPrice.minor,
        })),
      );
      await database.transact(async (scope) => {
        await insertRows(orders, orderRows, scope);
        await insertRows(lines, lineRows, scope);
      });
    }
  };

  before(async () => {
    database = await openSqlDatabase(name);
    shop = await testShop({
      overrides: {
        replaceRepositories: () => ({ orders: noticing }),
      },
      // A reader that held a connection would leave none for the others.
      environment: { DATABASE_URL: database.url, DATABASE_POOL_MAX: '1' },
    });
    ({ shopper } = await anOrderedShopper(shop));
    await stored(shopper.id as CustomerId);
  });
  after(async () => {
    await shop.close();
    await database.close();
  });
  beforeEach(() => {
    pages = [];
    between = () => Promise.resolve();
  });

  const orderIds = (body: { readonly orders: readonly { readonly id: OrderId }[] }): readonly OrderId[] =>
    body.orders.map(({ id }) => id);

  /** Asks for the export and reads nothing of it. */
  const asked = async (): Promise<IncomingMessage> => {
    const headers = { Authorization: `Bearer ${shopper.token}` };
    const sent = request(`${shop.shop.url}${EXPORT}`, { headers });
    sent.end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    return response;
  };

  /** Each order once, which its first export shows. */
  let all: ReadonlySet<OrderId>;

  it('An export of many orders is one document with each of them once, the latest first, read a page at a time; others are served meanwhile', async () => {
    const answered: string[] = [];
    const exporting = shop.get(EXPORT, { token: shopper.token }).then((answer) => {
      answered.push('export');
      return answer;
    });
    await eventually(() => pages.length > 0, 'the first page');
    for (const each of ['first', 'second', 'third']) {
      expect((await shop.get('/cart', { token: shopper.token })).status).to.equal(200);
      answered.push(each);
    }
    const { status, body } = await exporting;
    expect(answered).to.deep.equal(['first', 'second', 'third', 'export']);
    expect(status).to.equal(200);
    expect(Object.keys(body as object)).to.have.members([
      'customer',
      'account',
      'cart',
      'orders',
      'auditLog',
    ]);
    all = new Set(orderIds(body));
    expect([all.size, orderIds(body).length]).to.deep.equal([ORDERS + 1, ORDERS + 1]);
    const times = (body as { orders: { createdAt: string }[] }).orders.map(({ createdAt }) => createdAt);
    expect(times).to.deep.equal(times.toSorted().toReversed());
    expect(Math.max(...pages)).to.equal(PAGE);
    expect(pages).to.have.length(Math.ceil((ORDERS + 1) / PAGE));
  });

  it('An export of many orders holds neither a connection nor a transaction for a reader that stalls, and reads no further', async () => {
    const response = await asked();
    response.pause();
    const others = async (): Promise<void> => {
      const { token } = shopper;
      expect((await shop.get('/cart', { token })).status).to.equal(200);
      expect((await shop.patch('/customers/me', { token, json: { phone: '1' } })).status).to.equal(200);
    };
    await eventually(async () => {
      const read = pages.length;
      for (let times = 0; times < 5; times += 1) await others();
      return read > 0 && pages.length === read;
    }, 'the reading to stand still');
    expect(pages.length).to.be.below(ORDERS / PAGE);
    response.destroy();
    const { length } = pages;
    for (let times = 0; times < 5; times += 1) await others();
    expect(pages.length).to.be.within(length, length + 1);
  });

  it('An export of many orders shows no order twice, and each that was there before, when others are placed meanwhile', async () => {
    const productId = (await shop.get('/products?limit=1')).body.items[0].id as string;
    between = async () => {
      if (pages.length !== 10) return;
      await shopper.put(productId);
      expect((await shopper.order()).status).to.equal(201);
    };
    const shown = orderIds((await shop.get(EXPORT, { token: shopper.token })).body);
    const distinct = new Set(shown);
    expect([...all].filter((id) => !distinct.has(id))).to.deep.equal([]);
    expect(shown).to.have.length(all.size);
  });

  it('An export of many orders breaks off when its person is erased meanwhile', async () => {
    const { shopper: other } = await anOrderedShopper(shop);
    between = async () => {
      if (pages.length === 1) await shop.delete('/customers/me', { token: other.token });
    };
    const outcome = await shop.get(EXPORT, { token: other.token }).then(
      () => 'a document',
      (error: unknown) => String(error),
    );
    expect(outcome).to.include('terminated');
  });
};

describe('An export of 10,000 orders on SQLite', () => {
  describeExports('SQLite');
});
onServer('PostgreSQL', 'An export of 10,000 orders', () => {
  describeExports('PostgreSQL');
});
