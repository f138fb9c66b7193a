import { expect } from 'chai';
import { onEverySqlDatabase } from '../support/databases.js';
import type { Received } from '../support/http-client.js';
import {
  bodyFields,
  operationsOf,
  queryParameters,
  stock,
  withValue,
  type Operation,
  type StockedShop,
} from '../support/operations.js';
import { watchedServices, type WatchedShape } from './watched-services.js';
import { watchedShop } from './watched-shop.js';

// What does something where text is taken for more than text; each has a word in it that occurs nowhere else.

/** SQL of all three dialects, and what LIKE and parameters are made of. */
const SQL = [
  ...[
    "pwned' OR '1'='1",
    "pwned'; DROP TABLE orders; --",
    "pwned') UNION SELECT * FROM users --",
    'pwned" OR ""="',
  ],
  ...["pwned'; CREATE TABLE pwned (id INT); --", "pwned\\' OR 1=1 #", "pwned'||(SELECT email FROM users)||'"],
  ...['pwned%', 'pwned_%', 'pwned\\', ':pwned', '?pwned', '$1pwned', '/*pwned*/', 'pwned`; SELECT 1'],
];

/** No database is concerned by these, so one is enough to try them. */
const OTHERS = [
  // NoSQL, templates, shells, pages, prototypes, files
  ...[
    '{"$ne":"pwned"}',
    '{"$where":"pwned"}',
    '${7*7}pwned',
    '{{7*7}}pwned',
    '$(touch pwned)',
    '|pwned',
    '%pwned%',
  ],
  ...['<script>pwned</script>', '__proto__.pwned', '../../../pwned', 'file:///pwned', 'javascript:pwned'],
  // headers and logs
  ...[
    'pwned\r\nX-Injected: yes',
    'pwned\r\n\r\n<html>',
    'pwned\n{"level":"info","msg":"forged"}',
    'pwned\u2028x',
  ],
  // Unicode: another direction, nothing to see, full width, composed and not, one letter that becomes three
  ...[
    '\u202epwned',
    'pwned\u200f',
    'pw\u200bned',
    'ｐｗｎｅｄ\uff07',
    'pwne\u0301d',
    'pwnedﬃ',
    'pwned\ufeff',
    'рwned',
  ],
];

/** A value that only means what it says, to see what a call does with a text in that place. */
const PLAIN = 'plainword';

/** What a log-in writes, by its status: an earlier call may have given an account the name that is tried. */
const LOG_IN_WRITES: Readonly<Record<number, Counts>> = {
  200: { audit_entries: 1, refresh_tokens: 1, sessions: 1 },
  401: { audit_entries: 1 },
};

type Counts = Readonly<Record<string, number>>;

const difference = (before: Counts, after: Counts): Counts =>
  Object.fromEntries(
    [...new Set([...Object.keys(before), ...Object.keys(after)])]
      .map((table) => [table, (after[table] ?? NaN) - (before[table] ?? NaN)] as const)
      .filter(([, change]) => change !== 0),
  );

/** Only what a header can hold; the rest never leaves the client. */
const HEADER_PAYLOADS = [...SQL, ...OTHERS].filter((payload) => /^[\x20-\x7e]+$/.test(payload));
const HEADERS = [
  ...['If-Match', 'If-None-Match', 'Idempotency-Key', 'X-Request-Id', 'Authorization', 'Origin', 'Accept'],
  ...['User-Agent', 'X-Forwarded-For', 'X-Forwarded-Host', 'Forwarded', 'traceparent', 'Accept-Language'],
];

const valueAt = (body: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((value, key) => (value as Readonly<Record<string, unknown>> | null)?.[key], body);

type Injected = Omit<WatchedShape, 'write'>;

interface Payloads {
  readonly all: readonly string[];
  /** How many of them, from the first, go into every field of a body. */
  readonly everywhere: number;
  /** Of the others, a field gets one in so many: together the fields get each of them many times. */
  readonly share: number;
}

const tryInjections = (
  open: () => Promise<Injected>,
  { all: PAYLOADS, everywhere, share }: Payloads,
): void => {
  /** The payloads of a body's field. */
  const shareOf = (field: number): readonly string[] =>
    PAYLOADS.filter((_payload, index) => index < everywhere || index % share === field % share);
  let shop: Injected;
  let stocked: StockedShop;
  let columns: Readonly<Record<string, readonly string[]>>;

  before(async () => {
    shop = await open();
    stocked = await stock(shop);
    columns = await shop.columns();
  });
  after(() => shop.close());

  const operations = (): readonly Operation[] => operationsOf(shop, stocked);

  const expectHarmless = ({ status, headers }: Received, where: string): void => {
    expect(status, where).to.be.lessThan(500);
    expect(headers, where).not.to.have.any.keys('x-injected', 'set-cookie');
  };

  afterEach('nothing was executed', async () => {
    expect(await shop.columns()).to.deep.equal(columns);
    const lines = shop.log().trimEnd().split('\n');
    for (const line of lines) {
      const { msg } = JSON.parse(line) as { msg?: string };
      expect(msg, line).not.to.equal('forged');
    }
    expect(lines.length).to.be.greaterThan(20);
  });

  it('Injected text in a query string finds nothing and writes nothing', async () => {
    const rows = await shop.rows();
    let tried = 0;
    for (const operation of operations()) {
      for (const { name: parameter, schema } of queryParameters(shop.shop.http.openApi, operation.row)) {
        if (![schema.type ?? 'string'].flat().includes('string')) continue;
        for (const payload of PAYLOADS) {
          tried += 1;
          const path = `${operation.path}?${parameter}=${encodeURIComponent(payload)}`;
          const answer = await operation.call({ path });
          expectHarmless(answer, path);
          const found = answer.status === 200 ? (answer.body.items as readonly unknown[]) : [];
          expect(found.length, path).to.equal(0);
        }
      }
    }
    expect(await shop.rows()).to.deep.equal(rows);
    expect(tried).to.be.greaterThan(10 * PAYLOADS.length);
  });

  it('Injected text in a header or a path is refused or ignored', async () => {
    const [owner, one] = ['getMyProfile', 'getOrder'].map((id) =>
      operations().find(({ row }) => row.operationId === id),
    );
    if (!owner || !one) throw new Error('the table has changed');
    const rows = await shop.rows();
    for (const payload of HEADER_PAYLOADS) {
      for (const header of HEADERS) {
        const answer = await owner.call({ headers: { [header]: payload } });
        expectHarmless(answer, `${header}: ${payload}`);
        expect(answer.headers['x-request-id'], header).to.match(/^[\w.:-]+$/);
        expect(answer.headers, header).not.to.have.property('access-control-allow-origin');
      }
    }
    for (const payload of PAYLOADS) {
      const answer = await one.call({ path: `/orders/${encodeURIComponent(payload)}` });
      expect(answer.status, payload).to.equal(404);
      const again = await shop.get(`/docs/assets/${encodeURIComponent(payload)}`);
      expect(again.status, payload).to.equal(404);
      const picture = await shop.get(`/demo/pictures/${encodeURIComponent(payload)}`);
      expect(picture.status, payload).to.equal(404);
    }
    expect(await shop.rows()).to.deep.equal(rows);
  });

  it('Injected text as a name that looks like another user’s is never theirs', async () => {
    const password = 'a long enough password';
    const mail = (local: string) => `${local}@lookalike.test`;
    const first = { name: 'Ada', email: mail('ada.byron'), username: 'ada.byron', password };
    const { body: ada } = await shop.post('/auth/signup', { json: first });
    expect(ada.user).to.include({ username: 'ada.byron' });

    const same = await shop.post('/auth/signup', {
      json: { ...first, email: mail('another'), username: 'ADA.Byron' },
    });
    expect([same.status, same.body.code]).to.deep.equal([409, 'username_taken']);

    const looksLike = [
      'аda.byron',
      'ada.bуron',
      'ada.byron\u200b',
      '\u202eada.byron',
      'ada．byron',
      'ａda.byron',
    ];
    for (const username of [...looksLike, 'ada.byron\u0301', 'ada.\u200fbyron']) {
      const where = JSON.stringify(username);
      const taken = await shop.post('/auth/signup', { json: { ...first, email: mail('another'), username } });
      expect(taken.status, where).to.equal(422);
      for (const login of [username, mail(username)]) {
        const { status } = await shop.post('/auth/login', { json: { login, password } });
        expect(status, `log-in as ${JSON.stringify(login)}`).to.equal(401);
      }
      const email = mail(username);
      const other = await shop.post('/auth/signup', { json: { name: 'Eve', email, password } });
      expect(other.status, `sign-up of ${JSON.stringify(email)}`).to.be.oneOf([201, 422]);
      expect(other.body.user?.id).not.to.equal(ada.user.id);
    }
  });

  it('Injected text in a body is text: refused, or stored as it is with the rows that any text makes', async () => {
    let [tried, field] = [0, 0];
    let counts = await shop.counts();
    /** What the next order takes: one in the cart, and one in stock, so that none is the last. */
    const refill = async (): Promise<void> => {
      const path = `/products/${stocked.productId}/stock-adjustments`;
      await shop.post(path, { token: shop.adminToken, json: { delta: 1 } });
      await stocked.ada.put(stocked.productId);
      counts = await shop.counts();
    };
    for (const { row } of operations().filter(({ row: { body } }) => body !== undefined)) {
      const fields = bodyFields(shop.shop.http.openApi, row).filter(({ types }) => types.includes('string'));
      for (const { path, pointer } of fields) {
        /** Sends this text, and returns the outcome. */
        const send = async (text: string) => {
          if (row.path.startsWith('/order')) await refill();
          const operation = operations().find((each) => each.row.operationId === row.operationId);
          if (operation === undefined) throw new Error('the table has changed');
          const answer = await operation.call({ json: withValue(operation.body, path, text) });
          const now = await shop.counts();
          // As many words as the text has.
          const { customer_words: _customers, product_words: _products, ...change } = difference(counts, now);
          counts = now;
          return { answer, change };
        };
        // The first also puts back what the last text of another field has changed.
        await send(`${PLAIN}${field}.before`);
        const plain = await send(`${PLAIN}${field}`);
        for (const payload of shareOf((field += 1))) {
          tried += 1;
          const where = `${row.operationId} ${pointer} ${JSON.stringify(payload)}`;
          const { answer, change } = await send(payload);
          expectHarmless(answer, where);
          const asPlain = answer.status < 300 && plain.answer.status < 300 ? plain.change : {};
          const expected =
            (row.operationId === 'logIn' ? LOG_IN_WRITES[answer.status] : undefined) ?? asPlain;
          expect(change, where).to.deep.equal(expected);
          const shown = answer.status < 300 ? valueAt(answer.body, path) : undefined;
          if (typeof shown === 'string') expect(shown, where).to.equal(payload.normalize('NFC').trim());
        }
      }
    }
    expect(tried).to.be.greaterThan(50 * Math.max(everywhere, PAYLOADS.length / share / 2));
  });
};

onEverySqlDatabase('What is injected', (name) => {
  const all = name === 'SQLite' ? [...SQL, ...OTHERS] : SQL;
  tryInjections(() => watchedShop(name), { all, everywhere: SQL.length, share: 4 });
});

describe('What is injected into five services', () => {
  // Each writes to one database, as above: what is new is the way there, through the gateway and between services.
  tryInjections(() => watchedServices({}), { all: [...OTHERS, ...SQL], everywhere: 0, share: 10 });
});
