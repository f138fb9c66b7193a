import { createRequire } from 'node:module';
import { joinWords } from '#src/kernel/words.js';
import { DataTypes, type QueryInterface, type Sequelize } from 'sequelize';

const require = createRequire(import.meta.url);

interface TableShape {
  readonly columns: Readonly<Record<string, object>>;
  readonly primaryKey: readonly string[];
}
const createTable = require('../../migrations/support/create-table.cjs') as (
  queryInterface: QueryInterface,
  table: string,
  shape: TableShape,
) => Promise<void>;

/** How many rows each table gets. */
export const ROWS = 20_000;
/** So many rows in a row share each sort value. */
const TIED = 1_000;
/** The first ones, which a list that begins with the latest meets last. */
const FEW = 10;

export const idOf = (n: number): string => `01900000-0000-7000-8000-${String(n).padStart(12, '0')}`;

const tie = (n: number): number => Math.floor(n / TIED);
const label = (n: number): string => `name ${String(tie(n)).padStart(2, '0')}`;
/** When row `n` was made. */
export const timeOf = (n: number): Date => new Date(Date.UTC(2026, 0, 1, 0, 0, tie(n)));

/** Stores numbers with the columns that only JavaScript can compute; the rest is SQL that every database understands. */
const storeNumbers = async (queryInterface: QueryInterface, rows: number): Promise<void> => {
  await createTable(queryInterface, 'numbers', {
    columns: {
      n: { type: DataTypes.INTEGER },
      id: { type: DataTypes.CHAR(36) },
      at: { type: DataTypes.DATE(3) },
      tied: { type: DataTypes.STRING(30) },
      label: { type: DataTypes.STRING(30) },
      decade: { type: DataTypes.STRING(30) },
      digits: { type: DataTypes.STRING(30) },
      words: { type: DataTypes.STRING(60) },
    },
    primaryKey: ['n'],
  });
  for (let first = 0; first < rows; first += 1_000)
    await queryInterface.bulkInsert(
      'numbers',
      Array.from({ length: 1_000 }, (_, i) => first + i).map((n) => ({
        n,
        id: idOf(n),
        at: timeOf(n),
        tied: label(n),
        label: `label ${String(n)}`,
        decade: label(n).slice(-2),
        digits: `d${String(n)}`,
        words: joinWords(['name', label(n).slice(-2), `d${String(n)}`]),
      })),
    );
};

/**
 * An expression for each column, in which `n`, `id`, `at`, `tied`, `label`, and the words `decade`, `digits` and `words`, are those of
 * the row's number.
 */
type Expressions = Readonly<Record<string, string | number | null>>;

const few = (yes: string, no: string): string => `CASE WHEN n < ${String(FEW)} THEN ${yes} ELSE ${no} END`;
const ONE = `'${idOf(1)}'`;
const yes = 'TRUE';
const no = 'FALSE';
const now = 'at';

/** The words of a row: one that all have, one that those have which share a sort value, and one of its own. */
const wordsOf = (owner: string): readonly Expressions[] =>
  [`'name'`, 'decade', 'digits'].map((word) => ({ word, [owner]: 'id' }));

/** Each row of the numbers makes a row of these; of several, one of each. */
const TABLES: Readonly<Record<string, Expressions | readonly Expressions[]>> = {
  categories: {
    id: 'id',
    name: 'label',
    nameKey: 'label',
    description: `''`,
    version: 1,
    createdAt: now,
    updatedAt: now,
  },
  products: {
    id: 'id',
    name: 'tied',
    nameKey: 'tied',
    sku: 'label',
    skuKey: 'label',
    description: `''`,
    searchKey: 'words',
    priceMinor: `n / ${String(TIED)}`,
    categoryId: `CASE WHEN n % 2 = 0 THEN ${ONE} ELSE NULL END`,
    imageUrl: null,
    version: 1,
    createdAt: now,
    updatedAt: now,
    deletedAt: 'CASE WHEN n % 4 = 1 THEN at ELSE NULL END',
  },
  product_words: wordsOf('productId'),
  stock: { productId: 'id', quantity: few('0', '1'), version: 1 },
  stock_ledger: {
    id: 'id',
    productId: ONE,
    sequence: 'n',
    delta: 1,
    reason: `'adjustment'`,
    note: null,
    orderId: null,
    balance: 1,
    createdAt: now,
  },
  stock_reservations: {
    orderId: 'id',
    state: `CASE WHEN n % 2 = 0 THEN 'reserved' ELSE 'confirmed' END`,
    lines: `'[]'`,
    expiresAt: now,
    version: 1,
    createdAt: now,
    updatedAt: now,
  },
  imports: {
    id: 'id',
    status: `CASE WHEN n % 2 = 0 THEN 'finished' ELSE 'receiving' END`,
    format: `'csv'`,
    requestedBy: null,
    rows: 1,
    created: 0,
    updated: 0,
    unchanged: 0,
    refused: 1,
    version: 1,
    createdAt: now,
    updatedAt: now,
    finishedAt: 'CASE WHEN n % 2 = 0 THEN at ELSE NULL END',
  },
  import_chunks: { importId: 'id', position: 0, rows: `'[]'` },
  import_errors: { importId: ONE, line: 'n', sku: null, problems: `'[]'` },
  order_placements: {
    id: 'id',
    customerId: `CASE WHEN n % 2 = 0 THEN ${ONE} ELSE id END`,
    keyId: null,
    lines: `'[]'`,
    shippingAddress: null,
    expiresAt: now,
  },
  webhook_endpoints: {
    id: 'id',
    url: `'https://receiver.example/hooks'`,
    description: `''`,
    eventTypes: `'[]'`,
    disabledReason: null,
    secret: `'sealed'`,
    formerSecrets: null,
    failingSince: null,
    version: 1,
    createdAt: now,
    updatedAt: now,
  },
  webhook_endpoint_lists: { id: 'n', version: 1 },
  webhook_attempts: {
    id: 'id',
    endpointId: ONE,
    eventId: `CASE WHEN n % 2 = 0 THEN ${ONE} ELSE id END`,
    storedId: 'id',
    eventType: `'order.placed'`,
    payload: `'{}'`,
    number: 1,
    outcome: `CASE WHEN n % 2 = 0 THEN 'failed' ELSE ${few(`'dead_lettered'`, `'delivered'`)} END`,
    status: 500,
    response: `''`,
    error: null,
    durationMs: 1,
    at: now,
  },
  bulk_cancellations: {
    id: 'id',
    reason: `'requested'`,
    requestedBy: null,
    customerId: `CASE WHEN n % 2 = 0 THEN ${ONE} ELSE NULL END`,
    placedFrom: null,
    placedBefore: null,
    afterTime: null,
    afterId: null,
    cancelled: 0,
    version: 1,
    createdAt: now,
    updatedAt: now,
    finishedAt: now,
  },
  users: {
    id: 'id',
    name: 'label',
    email: 'label',
    emailKey: 'label',
    username: null,
    passwordHash: null,
    emailVerifiedAt: null,
    role: few(`'admin'`, `'customer'`),
    disabled: `CASE WHEN n < ${String(FEW)} OR n = 15 THEN ${yes} ELSE ${no} END`,
    version: 1,
    createdAt: now,
    updatedAt: now,
  },
  customers: {
    id: 'id',
    name: 'label',
    email: 'label',
    searchKey: 'words',
    phone: null,
    version: 1,
    createdAt: now,
    updatedAt: now,
  },
  customer_words: wordsOf('customerId'),
  sessions: {
    id: 'id',
    userId: ONE,
    device: null,
    address: null,
    createdAt: now,
    lastUsedAt: now,
    expiresAt: now,
    endedAt: 'CASE WHEN n % 2 = 1 THEN at ELSE NULL END',
    successor: null,
    previousDevice: null,
    previousAddress: null,
    previousUsedAt: null,
    previousExpiresAt: null,
    graceUntil: null,
    version: 1,
  },
  refresh_tokens: { tokenHash: 'label', sessionId: 'id', createdAt: now, spentAt: null },
  mail_tokens: {
    tokenHash: 'label',
    userId: ONE,
    purpose: `'password_reset'`,
    createdAt: now,
    expiresAt: now,
  },
  api_keys: {
    id: 'id',
    secretHash: 'label',
    prefix: `'pk_249qPI'`,
    name: 'label',
    scopes: `'orders:read'`,
    createdBy: ONE,
    createdAt: now,
    expiresAt: null,
    lastUsedAt: null,
    revokedAt: null,
    version: 1,
  },
  orders: {
    id: 'id',
    number: 'digits',
    customerId: `CASE WHEN n % 2 = 0 THEN ${ONE} ELSE id END`,
    status: few(`'pending'`, `'delivered'`),
    currency: `'USD'`,
    totalMinor: 100,
    shippingAddress: null,
    version: 1,
    createdAt: now,
    updatedAt: now,
  },
  order_lines: [`'all'`, 'digits', `CASE WHEN n % 10 = 0 THEN 'tenth' ELSE NULL END`].map((skuKey, at) => ({
    orderId: 'id',
    position: at + 1,
    productId: `'${idOf(at + 1)}'`,
    skuKey,
    name: 'label',
    unitPriceMinor: 100,
    quantity: 1,
  })),
  audit_entries: {
    id: 'id',
    at: 'at',
    actorId: `CASE WHEN n % 2 = 0 OR n < ${String(FEW)} THEN ${ONE} ELSE id END`,
    action: `CASE WHEN n % 2 = 1 OR n < ${String(FEW)} THEN 'order.cancelled' ELSE 'product.changed' END`,
    subjectId: `CASE WHEN n % 2 = 1 OR n < ${String(FEW)} THEN ${ONE} ELSE id END`,
    addressHash: null,
  },
  idempotency_keys: {
    id: 'label',
    caller: ONE,
    fingerprint: `''`,
    reply: null,
    subject: null,
    createdAt: now,
  },
  inbox_events: { eventId: 'id', receivedAt: 'at' },
  people: { id: 'id', erasedAt: null, heldUntil: null, version: 1 },
  rate_counts: { id: 'label', points: 1, endsAt: now },
  outbox_events: {
    id: 'id',
    aggregate: `'order'`,
    aggregateId: 'id',
    version: 1,
    sequence: 0,
    type: `'order.placed'`,
    data: `'{}'`,
    occurredAt: now,
    dispatchedAt: 'CASE WHEN n % 2 = 0 THEN n END',
  },
  outbox_subscriptions: { subscriber: `CASE WHEN n = 0 THEN 'one' ELSE 'two' END`, types: `'[]'` },
  outbox_deliveries: {
    eventId: 'id',
    subscriber: few(`'two'`, `'one'`),
    aggregate: `'order'`,
    aggregateId: 'id',
    version: 1,
    sequence: 0,
    type: `'order.placed'`,
    state: `CASE WHEN n % 4 = 1 THEN 'pending' ELSE 'dead_lettered' END`,
    dueAt: 'n',
    attempts: 0,
    claimId: null,
  },
};

/** Tables that do not get a row for every number. */
const ONLY: Readonly<Record<string, string>> = {
  product_words: 'n % 4 <> 1',
  outbox_subscriptions: 'n < 2',
  outbox_deliveries: 'n % 2 = 1',
};

const ANALYSE: Readonly<Record<string, (table: string) => string>> = {
  mysql: (table) => `ANALYZE TABLE ${table}`,
  postgres: (table) => `VACUUM ANALYZE ${table}`,
};

/** Fills tables with rows that make reads as costly as they can be, and has the database look at them. */
export const fillTables = async (
  sequelize: Sequelize,
  {
    rows = ROWS,
    tables = Object.keys(TABLES),
  }: { readonly rows?: number; readonly tables?: readonly string[] } = {},
): Promise<void> => {
  const queryInterface = sequelize.getQueryInterface();
  const quote = (name: string): string => queryInterface.quoteIdentifier(name);
  await storeNumbers(queryInterface, rows);
  for (const [table, columns] of Object.entries(TABLES)) {
    if (!tables.includes(table)) continue;
    for (const each of [columns].flat() as readonly Expressions[]) {
      const names = Object.keys(each).map(quote).join(', ');
      const values = Object.values(each).map((value) => String(value ?? 'NULL'));
      await sequelize.query(
        `INSERT INTO ${quote(table)} (${names}) SELECT ${values.join(', ')} FROM numbers WHERE ${ONLY[table] ?? 'n >= 0'}`,
      );
    }
    const analyse = ANALYSE[sequelize.getDialect()];
    if (analyse !== undefined) await sequelize.query(analyse(quote(table)));
  }
  await queryInterface.dropTable('numbers');
};
