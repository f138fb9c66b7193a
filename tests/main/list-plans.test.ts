import { expect } from 'chai';
import { QueryTypes } from 'sequelize';
import type { ProductFilter, ProductSort } from '#src/contexts/catalog/application/ports.js';
import { PRODUCT_SORTS } from '#src/contexts/catalog/application/product-sorts.js';
import { isSearch as isEntrySearch } from '#src/contexts/audit/application/queries.js';
import type { CustomerFilter } from '#src/contexts/customers/application/ports.js';
import type { EntryFilter } from '#src/contexts/audit/application/ports.js';
import type { OrderFilter } from '#src/contexts/ordering/application/ports.js';
import type { AttemptFilter } from '#src/contexts/webhooks/application/ports.js';
import type { Page, PageRequest, Position } from '#src/kernel/page.js';
import type { Readers, Repositories } from '#src/main/persistence/persistence.js';
import { sequelizePersistence } from '#src/main/persistence/sequelize-persistence.js';
import { dollars } from '../support/builders/catalog.js';
import { onEverySqlDatabase, openSqlDatabase, type OpenDatabase } from '../support/databases.js';
import { fillTables, idOf, ROWS, timeOf } from '../support/large-tables.js';
import { USD } from '../support/persistences.js';
import { judgeOf, type Judge } from '../support/plans.js';
import { testShop } from '../support/test-shop.js';

interface ReadPage {
  (repositories: Readers, page: PageRequest): Promise<Page<unknown>>;
  /** Whether it takes a place for searches; false unless told. */
  readonly isSearch?: boolean;
}

const LIMIT = 10;
/** The last item of page 999. */
const BEFORE_LATE = 999 * LIMIT;

/** Of most rows, and of no use to leave any out: what a page costs does not depend on it. */
const one = idOf(1) as never; // as whatever brand is asked for
const number = 'd6' as never; // shorter than those of the shop
const period = { from: timeOf(1_000), to: timeOf(ROWS - 1_000) };
const prices = { minPrice: dollars(0.01), maxPrice: dollars(0.18) };

const products =
  (filter: ProductFilter, sort: ProductSort): ReadPage =>
  (repositories, page) =>
    repositories.products.list(filter, sort, page);
const orders =
  (filter: OrderFilter): ReadPage =>
  (repositories, page) =>
    repositories.orders.list(filter, page);
const entries = (filter: EntryFilter): ReadPage =>
  Object.assign((repositories: Readers, page: PageRequest) => repositories.auditEntries.list(filter, page), {
    isSearch: isEntrySearch(filter),
  });
const attempts =
  (filter: AttemptFilter): ReadPage =>
  ({ webhookAttempts }, page) =>
    webhookAttempts.list(one, filter, page);
const customers =
  (filter: CustomerFilter): ReadPage =>
  (repositories, page) =>
    repositories.customers.list(filter, page);

const range = (from: number, to: number): ProductFilter => ({
  minPrice: dollars(from),
  maxPrice: dollars(to),
});
const SORTS = Object.keys(PRODUCT_SORTS) as ProductSort[];
const bySort = (title: string, sorts: readonly ProductSort[], filter: ProductFilter) =>
  Object.fromEntries(sorts.map((sort) => [`${title}by ${sort}`, products(filter, sort)]));
const BY_PRICE = SORTS.filter((sort) => PRODUCT_SORTS[sort].by === 'price');

/** Every list of the API, by its operation, with every filter that an index leads through. */
const LISTS: Readonly<Record<string, Readonly<Record<string, ReadPage>>>> = {
  listProducts: {
    ...bySort('', SORTS, {}),
    ...bySort('in a category, ', SORTS, { categoryId: one }),
    ...bySort('of a SKU, ', SORTS, { sku: 'label 6' }),
    'of a SKU, in a category and by a word': products(
      { sku: 'label 6', categoryId: one, text: 'name' },
      'name',
    ),
    ...bySort('in a range of prices, ', BY_PRICE, prices),
    ...bySort('in a category and a range of prices, ', BY_PRICE, { categoryId: one, ...prices }),
  },
  listCategories: { all: ({ categories }, page) => categories.list(page) },
  listImports: { all: ({ imports }, page) => imports.list(page) },
  listImportErrors: { 'of an import': ({ imports }, page) => imports.errors(one, page) },
  listStockAdjustments: { 'of a product': ({ stock }, page) => stock.movements(one, page) },
  listUsers: {
    all: ({ users }, page) => users.list({}, page),
    'of a role': ({ users }, page) => users.list({ role: 'customer' }, page),
    'of a rare role': ({ users }, page) => users.list({ role: 'admin' }, page),
    enabled: ({ users }, page) => users.list({ disabled: false }, page),
    disabled: ({ users }, page) => users.list({ disabled: true }, page),
    'of a role, disabled': ({ users }, page) => users.list({ role: 'customer', disabled: true }, page),
  },
  listApiKeys: { all: ({ apiKeys }, page) => apiKeys.list(page) },
  listSessions: { 'of a user': ({ sessions }, page) => sessions.listLive(one, new Date(0), page) },
  listCustomers: { all: customers({ text: '' }) },
  listMyAddresses: {
    'of a customer': async ({ customers }) => {
      await customers.find(one);
      return { items: [], next: null };
    },
  },
  listMyOrders: { 'of a customer': orders({ customerId: one }) },
  listOrders: {
    all: orders({}),
    'of a period': orders(period),
    'of a status': orders({ status: 'delivered' }),
    'of a rare status': orders({ status: 'pending' }),
    'of a status and a period': orders({ status: 'delivered', ...period }),
    'of a customer and a period': orders({ customerId: one, ...period }),
    'of a customer and a status': orders({ customerId: one, status: 'delivered' }),
    'of a customer and a rare status': orders({ customerId: one, status: 'pending' }),
    'of a customer, a status and a period': orders({ customerId: one, status: 'delivered', ...period }),
    'of a number': orders({ number }),
    'of a number, a customer and a period': orders({ number, customerId: one, ...period }),
  },
  listBulkCancellations: {
    all: ({ bulkCancellations }, page) => bulkCancellations.list({}, page),
    'of a customer': ({ bulkCancellations }, page) => bulkCancellations.list({ customerId: one }, page),
  },
  listWebhooks: { all: ({ webhookEndpoints }, page) => webhookEndpoints.list(page) },
  listWebhookDeliveries: {
    'of an endpoint': attempts({}),
    'of an event': attempts({ eventId: one }),
    'of an outcome': attempts({ outcome: 'failed' }),
    'of a rare outcome': attempts({ outcome: 'dead_lettered' }),
    'of an event and an outcome': attempts({ eventId: one, outcome: 'failed' }),
    'of a period': attempts(period),
    'of a period and an outcome': attempts({ ...period, outcome: 'failed' }),
  },
  listAuditEntries: {
    all: entries({}),
    'of a period': entries(period),
    'of an actor': entries({ actor: one }),
    'of an action': entries({ action: 'order.cancelled' }),
    'of a subject': entries({ subject: one }),
    'of an actor and a period': entries({ actor: one, ...period }),
    'of an action and a period': entries({ action: 'order.cancelled', ...period }),
    'of a subject and a period': entries({ subject: one, ...period }),
  },
};

/** Lists of which a filter leaves out rows, and the most rows that one statement of them reads. */
const FILTERED: Readonly<Record<string, readonly [rows: number, ReadPage]>> = {
  ...Object.fromEntries(
    SORTS.flatMap((sort) =>
      (
        [
          ['of a word that all have', 1_100, { text: 'nam' }],
          ['of a word that all have, in a category', 1_100, { text: 'nam', categoryId: one }],
          ['of two words, one of them rare', 400, { text: 'name d12346' }],
          ['of a word that none has', 250, { text: 'zzz' }],
          ['of a word that some have', 4_500, { text: '03' }],
          ['of a word that all have and one that some have', 6_500, { text: 'name 03' }],
          ['in stock', 1_100, { inStock: true }],
          ['sold out', 2_500, { inStock: false }],
        ] as const
      ).map(([title, rows, filter]) => [`products ${title}, by ${sort}`, [rows, products(filter, sort)]]),
    ),
  ),
  'products of a narrow range of prices, by name': [4_500, products(range(0.03, 0.03), 'name')],
  'products of a wide range of prices, by name': [4_500, products(range(0.01, 0.18), 'name')],
  'orders of a SKU that few have': [250, orders({ sku: 'd12346' })],
  'orders of a SKU that all have': [1_100, orders({ sku: 'all' })],
  'orders of a SKU that all have, of a customer, a status and a period': [
    1_100,
    orders({ sku: 'all', customerId: one, status: 'delivered', ...period }),
  ],
  'orders of a SKU that one in ten has': [4_500, orders({ sku: 'tenth' })],
  'orders of a SKU that none has': [250, orders({ sku: 'none' })],
  'customers of a word that all have': [1_100, customers({ text: 'nam' })],
  'customers of one word': [250, customers({ text: 'd12346' })],
  'customers of a word that none has': [250, customers({ text: 'zzz' })],
};

/**
 * What no index leads through: these read on until they have found a page of rows that meet the filter, and are searches. So
 * does a list of one's sessions past those that have ended, which are purged a day later.
 */
const NOT_YET: Readonly<Record<string, ReadPage>> = {
  'entries of an actor and an action': entries({ actor: one, action: 'order.cancelled' }),
  'entries of an actor and a subject': entries({ actor: one, subject: one }),
};

/** Reads of a table that has one row for each subscriber. */
const SMALL = /FROM .outbox_subscriptions./;

/** The same in SQLite's plan of a statement that also reads it, and the page of another table that it is joined with. */
const SMALL_SCAN = /^SCAN (?:page|outbox_subscriptions)\b/;

/** What the shop reads again and again by itself, and in part deletes. */
const HOUSEKEEPING: Readonly<Record<string, (repositories: Repositories) => Promise<unknown>>> = {
  'events to dispatch': ({ outbox }) => outbox.dispatch(LIMIT),
  'due deliveries': ({ outbox }) => outbox.due({ subscriber: 'one', types: ['order.placed'] }, LIMIT),
  'due deliveries of a subscriber with few': ({ outbox }) =>
    outbox.due({ subscriber: 'two', types: ['order.placed'] }, LIMIT),
  'dead-lettered deliveries': ({ outbox }) => outbox.deadLettered({}, LIMIT),
  'dead-lettered deliveries of a subscriber': ({ outbox }) =>
    outbox.deadLettered({ subscriber: 'two' }, LIMIT),
  'delivered events': ({ outbox }) => outbox.purge(0, LIMIT),
  'changes of the catalogue': async ({ catalogChanges }) => {
    const range = { from: idOf(ROWS - 2 * LIMIT), since: idOf(ROWS - LIMIT), limit: LIMIT };
    await catalogChanges?.list(range);
  },
  'old idempotency keys': ({ idempotency }) => idempotency.purge(period.to, LIMIT),
  'old counts of requests': ({ rateCounts }) => rateCounts.purge(period.to, LIMIT),
  'old ids of received events': ({ inbox }) => inbox.purge(period.to, LIMIT),
  'old sessions': ({ sessions }) => sessions.purge(period.to, LIMIT),
  'what is kept of refreshes': ({ sessions }) => sessions.forgetRefreshes(period.to, LIMIT),
  'overdue orders': (repositories) =>
    repositories.orders.listOverdue(period.to, { limit: LIMIT, after: null }),
  'overdue reservations': ({ reservations }) =>
    reservations.listOverdue(period.to, { limit: LIMIT, after: null }),
  'settled reservations': ({ reservations }) => reservations.purge(period.to, LIMIT),
  'imports under way': ({ imports }) => imports.countUnfinished(LIMIT),
  'silent imports': ({ imports }) => imports.listSilent(period.to),
  'the next rows of an import': ({ imports }) => imports.takeChunk(one),
  'rows of imports that were given up': ({ imports }) => imports.discardChunks(LIMIT),
  'imports that ended long ago': ({ imports }) => imports.purge(period.from, LIMIT),
  'products of some SKUs': ({ products }) => products.findBySkus(['label 6', 'label 8']),
  'categories of some names': ({ categories }) =>
    categories.findAll({ ids: [one], names: ['label 6', 'label 8'] }),
  'overdue placements': ({ placements }) => placements.listOverdue(period.to, { limit: LIMIT, after: null }),
  'the placements of a customer': ({ placements }) => placements.countPlacements(one, LIMIT),
  'what an order has taken': ({ stock }) => stock.findTaken(one),
  'whether an order has moved stock': ({ stock }) => stock.hasMoved(one),
  'the pending orders of a customer': (repositories) => repositories.orders.countPending(one, LIMIT),
  'old attempts of webhooks': ({ webhookAttempts }) => webhookAttempts.purge(period.to, LIMIT),
  'the latest attempt for an event': ({ webhookAttempts }) => webhookAttempts.findLatest(one, one),
  'the latest attempt for an event with an outcome': ({ webhookAttempts }) =>
    webhookAttempts.findLatest(one, one, 'failed'),
  'old tokens of mails': ({ mailTokens }) => mailTokens.purge(period.to, LIMIT),
};

describe('The plans of lists', () => {
  it('The plans of lists are checked for every list of the API', async () => {
    const shop = await testShop();
    const lists = shop.shop.http.table.filter(({ search }) => search?.names.includes('after') === true);
    expect(Object.keys(LISTS)).to.have.members(lists.map(({ operationId }) => operationId));
    await shop.close();
  });

  it('The plans of lists are of searches where they lead through a whole table, and of nothing else', () => {
    const indexed = Object.entries(LISTS).flatMap(([operationId, variants]) =>
      Object.entries(variants).map(([title, read]) => [`${operationId} ${title}`, read] as const),
    );
    const searches = [...indexed, ...Object.entries(NOT_YET)].filter(([, { isSearch }]) => isSearch === true);
    expect(searches.map(([title]) => title)).to.have.members(Object.keys(NOT_YET));
  });
});

onEverySqlDatabase('A list of a large table', function (name) {
  let db: OpenDatabase;
  let judge: Judge;
  let statements: string[] = [];

  before(async () => {
    db = await openSqlDatabase(name, { connections: 1 });
    await fillTables(db.sequelize);
    judge = judgeOf(db.sequelize, { rows: 20 * LIMIT, buffers: 30 * LIMIT });
    db.sequelize.options.logging = (line) => {
      statements.push(line.replace(/^Executing \([^)]*\): /, '').replace(/;$/, ''));
    };
  });
  after(() => db.close());

  /** The statements by which something is read. */
  const readsOf = async (work: () => Promise<unknown>): Promise<readonly [string, ...string[]]> => {
    statements = [];
    await work();
    const [first, ...others] = statements.filter((statement) => statement.startsWith('SELECT'));
    return [first ?? expect.fail('nothing was read'), ...others];
  };

  /** What is wrong with the plans of statements. */
  const faultsIn = async (reads: readonly string[], { after }: Pick<PageRequest, 'after'>) => {
    const faults: string[] = [];
    for (const statement of reads) faults.push(...(await judge(statement, { isFirst: after === null })));
    return faults;
  };

  /**
   * The same for a page of a list: its first statement reads no more than twice its limit. On a first page MariaDB counts some rows of
   * a category twice, in the index and in the table.
   */
  const faultsOfPage = async ([page, ...others]: readonly [string, ...string[]], after: Position | null) => {
    const rows = after === null ? 3 * LIMIT : 2 * LIMIT + 2;
    const twice = judgeOf(db.sequelize, { rows, buffers: 10 * LIMIT });
    return [...(await twice(page, { isFirst: after === null })), ...(await faultsIn(others, { after }))];
  };

  const pageOf = (read: ReadPage, after: Position | null = null): Promise<readonly [string, ...string[]]> =>
    readsOf(() => read(sequelizePersistence(db.sequelize, USD).outside, { limit: LIMIT, after }));

  /** Where page 999 of a list ends, of which this is the statement for the first page; null when it ends before. */
  const position = async (statement: string): Promise<Position | null> => {
    const skipping = statement.replace(/ LIMIT \d+$/, ` LIMIT 1 OFFSET ${BEFORE_LATE - 1}`);
    if (skipping === statement) return null; // an address book, which is read whole
    const [row] = await db.sequelize.query<Record<string, unknown>>(skipping, { type: QueryTypes.SELECT });
    if (row === undefined) return null;
    const [, column = ''] = /ORDER BY \W*\w+\W+(\w+)/.exec(statement) ?? [];
    const value = row[column];
    const isTime = value instanceof Date || /^\d{4}-/.test(String(value));
    const key = isTime ? new Date(value as string).getTime() : (value as Position['key']);
    return { key, id: String(row['id']) };
  };

  /** A key in the middle of the sort of a list. */
  const keyOf = async (read: ReadPage): Promise<Position['key']> => {
    const isList = (each: string): boolean => /^SELECT .(?:products|customers|orders)/.test(each);
    const statement = (await pageOf(read)).find(isList) ?? '';
    const [, column = ''] = /ORDER BY \W*(?:products|customers|orders)\W+(\w+)/.exec(statement) ?? [];
    return { nameKey: 'name 10', priceMinor: 10 }[column] ?? timeOf(10_000).getTime();
  };

  for (const [operationId, variants] of Object.entries(LISTS))
    it(`A list of a large table reads no more than a page for the first page and for page 1,000 of ${operationId}`, async () => {
      const faults: Record<string, readonly string[]> = {};
      for (const [title, read] of Object.entries(variants)) {
        const first = await pageOf(read);
        faults[`${title}, first page`] = await faultsOfPage(first, null);
        const after = await position(first[0]);
        if (after !== null)
          faults[`${title}, page 1,000`] = await faultsOfPage(await pageOf(read, after), after);
      }
      const found = Object.entries(faults).filter(([, each]) => each.length > 0);
      expect(Object.fromEntries(found)).to.deep.equal({});
    });

  it('A list of a large table reads no more than a page for a forged cursor that lies outside of the range', async () => {
    const outside: readonly (readonly [string, ReadPage, Position['key']])[] = [
      ['price', products({ minPrice: dollars(0.18) }, 'price'), 0],
      ['-price', products({ maxPrice: dollars(0.02) }, '-price'), 9_999_999_999],
      ['orders', orders({ to: timeOf(1_000) }), timeOf(ROWS + 1_000).getTime()],
      ['entries', entries({ to: timeOf(1_000) }), timeOf(ROWS + 1_000).getTime()],
    ];
    // PostgreSQL does not count the entries of an index that it walks past, only their pages: 150 for the whole index.
    const strict = judgeOf(db.sequelize, { rows: 20 * LIMIT, buffers: 4 * LIMIT });
    for (const [title, read, key] of outside) {
      const [statement] = await pageOf(read, { key, id: idOf(1) });
      // As for a first page: the range says where to begin.
      expect(await strict(statement, { isFirst: true }), title).to.deep.equal([]);
    }
  });

  for (const [title, [rows, read]] of Object.entries(FILTERED))
    it(`A list of a large table reads a bounded part of it for ${title}`, async () => {
      // PostgreSQL counts pages as well: a row that is looked up by its key takes four of them.
      const bounded = judgeOf(db.sequelize, { rows, buffers: 4 * rows });
      for (const after of [null, { key: await keyOf(read), id: idOf(10_000) }])
        for (const statement of await pageOf(read, after))
          expect(await bounded(statement, { isFirst: true, isFiltered: true }), statement).to.deep.equal([]);
    });

  it('A list of a large table ends a page after 1,500 rows that the filter leaves out', async () => {
    const { products: list } = sequelizePersistence(db.sequelize, USD).outside;
    const page = await list.list({ inStock: false }, '-createdAt', { limit: LIMIT, after: null });
    // Three of four products are in the shop, and those that are sold out are the last of the list.
    expect(page).to.deep.equal({
      items: [],
      next: { key: timeOf(ROWS - 2_000).getTime(), id: idOf(ROWS - 2_000) },
    });
  });

  for (const [title, read] of Object.entries(HOUSEKEEPING))
    it(`A list of a large table reads no more than was requested of ${title}`, async () => {
      const { transact } = sequelizePersistence(db.sequelize, USD);
      const reads = (await readsOf(() => transact(read))).filter((statement) => !SMALL.test(statement));
      const faults = await faultsIn(reads, { after: null });
      expect(faults.filter((fault) => !SMALL_SCAN.test(fault))).to.deep.equal([]);
    });

  // A plan of SQLite does not tell how many rows a filter throws away.
  if (name !== 'SQLite')
    for (const [title, read] of Object.entries(NOT_YET))
      it(`A list of a large table still reads past many rows for ${title}`, async () => {
        expect(await faultsIn(await pageOf(read), { after: null })).not.to.be.empty;
      });
});
