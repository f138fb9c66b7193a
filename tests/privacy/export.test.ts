import { expect } from 'chai';
import type { Rows } from '../security/watched-database.js';
import { watchedShop, type WatchedShop } from '../security/watched-shop.js';
import { live, mirrorOf, OTTILIE, scatterEvents, TRACING, type WholeLife } from './whole-life.js';

type Row = Readonly<Record<string, unknown>>;

/** Tables of which an export shows nothing, and why. */
const TABLES: Readonly<Record<string, string>> = {
  refresh_tokens: 'hashes of secrets; their session is shown',
  mail_tokens: 'hashes of secrets, with their times',
  known_places: 'hashes of networks under a secret of the shop, with a time; sessions show the networks',
  audit_salts: 'a secret of the shop, under which addresses are hashed',
  idempotency_keys: 'answers that they have got, kept for a day in case they ask again',
  idempotency_usage: 'how much room those take',
  outbox_events: 'ids of what is shown, for those who are told of it',
  outbox_deliveries: 'ids of events',
  customer_words: 'made of name and e-mail address',
  stock_ledger: 'tells of the product; the order that moved it is shown',
  webhook_attempts: 'sent to other programs: ids, versions and words of the shop; purged after 30 days',
};

/** Columns that an export does not show, and why. */
const COLUMNS: Readonly<Record<string, string>> = {
  'users.emailKey': 'made of the e-mail address',
  'users.passwordHash': 'a secret',
  'users.version': 'counts writes',
  'customers.searchKey': 'made of name and e-mail address',
  'customers.version': 'counts writes',
  'sessions.lastUsedAt':
    'shown by the hour, and after a minute: the holder of a stolen token learns no moment of a refresh',
  'sessions.expiresAt': 'likewise',
  'sessions.successor': 'a secret, sealed',
  'sessions.graceUntil': 'of that secret',
  'sessions.previousDevice': 'shown until the last refresh is, and then wiped',
  'sessions.previousAddress': 'likewise',
  'sessions.previousUsedAt': 'likewise',
  'sessions.previousExpiresAt': 'likewise',
  'sessions.version': 'counts writes',
  'addresses.position': 'they are shown in this order',
  'carts.version': 'counts writes',
  'cart_lines.position': 'they are shown in this order',
  'audit_entries.actorType': 'shown by whether it was the person, an administrator or unknown',
  'orders.version': 'counts writes',
  'order_lines.position': 'they are shown in this order',
};

/** Columns that are shown under another name. */
const NAMES: Readonly<Record<string, string>> = {
  'orders.totalMinor': 'totalPrice',
  'order_lines.unitPriceMinor': 'unitPrice',
};

/** Returns every value in a JSON document with its name there. */
const leaves = (value: unknown, name = ''): readonly string[] => {
  if (Array.isArray(value)) return value.flatMap((each) => leaves(each, name));
  if (typeof value !== 'object' || value === null) return [`${name}: ${String(value)}`];
  return Object.entries(value).flatMap(([key, each]) => leaves(each, key));
};

/** What a cell of the database says, as JSON says it. */
const told = (column: string, cell: unknown): unknown => {
  if (column === 'disabled') return Boolean(cell);
  if (column.endsWith('Minor')) return Number(cell) / 100;
  if (column === 'shippingAddress' && typeof cell === 'string') return JSON.parse(cell);
  if (typeof cell === 'string' && /^\d{4}-\d\d-\d\d \d\d:/.test(cell)) return new Date(cell).toISOString();
  return cell instanceof Date ? cell.toISOString() : cell;
};

describe('An export of personal data', () => {
  let shop: WatchedShop;
  let ottilie: WholeLife;
  let exported: readonly string[];
  let rows: readonly (readonly [table: string, row: Row])[];

  const holds = (row: Row, ids: ReadonlySet<unknown>): boolean =>
    Object.values(row).some((cell) => ids.has(cell));

  /** Their rows, and those that belong to one of their rows. */
  const rowsOf = (all: Rows, person: string): typeof rows => {
    const entries = Object.entries(all).flatMap(([table, each]) =>
      each.map((row) => [table, row as Row] as const),
    );
    const own = entries.filter(([, row]) => holds(row, new Set([person])));
    const ids = new Set(own.filter(([table]) => table !== 'audit_entries').map(([, { id }]) => id ?? person));
    // The log also has entries of what others did to their orders, say; those belong to the orders.
    const theirs = entries.filter(([table, row]) => table !== 'audit_entries' && holds(row, ids));
    return [...new Set([...own, ...theirs])];
  };

  before(async () => {
    shop = await watchedShop('SQLite', TRACING);
    await live(shop, mirrorOf(OTTILIE));
    ottilie = await live(shop, OTTILIE);
    await scatterEvents(shop);
    rows = rowsOf(await shop.rows(), ottilie.id);
    exported = leaves((await ottilie.call('get', '/customers/me/export')).body);
  });
  after(() => shop.close());

  it('An export of personal data shows every column of every row that belongs to the person, but for those that are listed', () => {
    const tables = new Set(rows.map(([table]) => table));
    expect([...tables]).to.include.members([
      ...Object.keys(TABLES),
      'users',
      'sessions',
      'customers',
      'addresses',
    ]);
    expect([...tables]).to.include.members(['carts', 'cart_lines', 'orders', 'order_lines', 'audit_entries']);
    const ids = new Set(rows.flatMap(([, { id }]) => [id, ottilie.id]));
    // Who else it was, and where they called from, is not told to the person.
    const isSomebodyElses = (table: string, { actorId }: Row, column: string): boolean =>
      table === 'audit_entries' &&
      ['actorId', 'addressHash'].includes(column) &&
      ![null, ottilie.id].includes(actorId as string | null);
    const isShown = (table: string, column: string, cell: unknown): boolean => {
      const name = NAMES[`${table}.${column}`] ?? column;
      const value = told(column, cell);
      // What links their rows is shown by their place in the document.
      return value === null || ids.has(value) || leaves(value, name).every((leaf) => exported.includes(leaf));
    };
    const hidden = rows.flatMap(([table, row]) =>
      table in TABLES
        ? []
        : Object.entries(row)
            .filter(
              ([column, cell]) =>
                !(`${table}.${column}` in COLUMNS) &&
                !isSomebodyElses(table, row, column) &&
                !isShown(table, column, cell),
            )
            .map(([column, cell]) => `${table}.${column}: ${String(cell)}`),
    );
    expect(hidden).to.deep.equal([]);
  });

  it('An export of personal data has no exception for a missing column', async () => {
    const columns = await shop.columns();
    expect(Object.keys(columns)).to.include.members(Object.keys(TABLES));
    for (const each of [...Object.keys(COLUMNS), ...Object.keys(NAMES)]) {
      const [table = '', column = ''] = each.split('.');
      expect(columns[table], each).to.include(column);
    }
  });

  it('An export of personal data shows the words that they have chosen, their devices and networks, and nothing of their neighbour', () => {
    const text = exported.join('\n');
    const [, , network] = OTTILIE.hosts;
    const { name, email, username, phone } = OTTILIE;
    for (const word of [name, email, username, phone, ...OTTILIE.devices, ...OTTILIE.hosts])
      if (word !== network) expect(text).to.include(word);
    const neighbour = mirrorOf(OTTILIE);
    for (const word of [neighbour.name, neighbour.email, ...neighbour.devices, ...neighbour.hosts])
      expect(text).not.to.include(word);
  });
});
