import { expect } from 'chai';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { QueryTypes } from 'sequelize';
import { generateSigningKey } from '#src/contexts/accounts/adapters/jwt/signing-keys.js';
import { catalogTables } from '#src/contexts/catalog/adapters/sequelize/catalog-tables.js';
import type { ProductId } from '#src/kernel/ids.js';
import { findRow, findRows, updateRows } from '#src/platform/database/rows.js';
import { outboxTables } from '#src/platform/outbox/sequelize-outbox-repository.js';
import { groupBy } from '../integrity/invariant.js';
import { gate } from '../support/contract-tools.js';
import {
  onEveryServer,
  openSqlDatabase,
  type LoneServerName,
  type OpenDatabase,
  type SqlDatabaseName,
} from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { startServer, startServices, type RunningShop } from '../support/server-process.js';
import { killStarted } from '../support/started-processes.js';

/** Two rows for each of them: one that creates it, and later one that changes it. */
const PRODUCTS = 2_000;
/** Each hundredth of the changes names a category that there is not. */
const isRefused = (n: number): boolean => n % 100 === 50;

const OWNER = { email: 'owner@shop.test', password: 'an owner needs a password' };
/** Rows that are applied in one transaction. */
const CHUNK = 200;
/** A product that is there before, which another client can lock. */
const LOCKED = { sku: 'LOCKED', name: 'Locked', description: '', price: 1, quantity: 1 };

type Row = readonly [sku: string, name: string, price: number, quantity: number, category: string];
const creation = (n: number): Row => [`K-${String(n)}`, `Thing ${String(n)}`, 1, (n % 7) + 1, ''];
const change = (n: number): Row => [`K-${String(n)}`, '', 2, (n % 7) + 3, isRefused(n) ? 'Attic' : ''];
const NUMBERS = Array.from({ length: PRODUCTS }, (_, n) => n);
/** The third chunk ends with a SKU that is there twice, which divides it: the second part waits for the lock when the first is written. */
const ROWS: readonly Row[] = NUMBERS.map(creation)
  .toSpliced(
    3 * CHUNK - 3,
    0,
    ['TWICE', 'Twice', 1, 1, ''],
    ['TWICE', '', 2, 2, ''],
    ['LOCKED', '', 2, 2, ''],
  )
  .concat([['BAD', 'No price', NaN, 1, '']], NUMBERS.map(change));
const FILE = ['sku,name,price,quantity,category', ...ROWS.map((row) => row.join(','))].join('\n');
const REFUSED = ROWS.map(([sku, , , , category], at) => ({ line: at + 2, sku, category })).filter(
  ({ sku, category }) => sku === 'BAD' || category !== '',
);

interface Shown {
  readonly id: string;
  readonly status: string;
  readonly rows: number;
  readonly processed: number;
  readonly finishedAt: string | null;
}

/** A shop whose process that imports products can be killed. */
interface Killable {
  readonly url: string;
  /** With the products. */
  readonly database: OpenDatabase;
  /** Kills the process with SIGKILL. */
  kill(): Promise<void>;
  /** Returns once another process has taken its place. */
  replaced(): Promise<void>;
  close(): Promise<void>;
}

/** Counts transactions that wait for a lock. */
const WAITING: Readonly<Record<LoneServerName, string>> = {
  // INNODB_TRX is not read anew for one who looks ten times a second.
  MariaDB: `SELECT variable_value AS waiting FROM information_schema.global_status
    WHERE variable_name = 'INNODB_ROW_LOCK_CURRENT_WAITS'`,
  PostgreSQL: `SELECT COUNT(*) AS waiting FROM pg_stat_activity
    WHERE wait_event_type = 'Lock' AND datname = current_database()`,
};

type Open = (folder: string) => Promise<Killable>;

const environment = () => ({
  BCRYPT_COST: '4',
  DEMO_DATA: 'false',
  ADMIN_EMAIL: OWNER.email,
  ADMIN_PASSWORD: OWNER.password,
  JWT_PRIVATE_KEY: generateSigningKey(),
});

const oneProcess =
  (name: SqlDatabaseName): Open =>
  async (folder) => {
    const database = await openSqlDatabase(name, { migrated: false });
    const variables = { ...environment(), DATABASE_URL: database.url };
    const start = (): Promise<RunningShop> => startServer({ cwd: folder, environment: variables });
    let shop = await start();
    return {
      database,
      get url() {
        return shop.url;
      },
      kill: async () => {
        shop.process.kill('SIGKILL');
        await shop.ended;
      },
      replaced: async () => {
        shop = await start();
      },
      close: () => database.close(),
    };
  };

/** Five processes whose supervisor starts one again that has died. */
const fiveServices: Open = async (folder) => {
  const shop = await startServices({ cwd: folder, environment: environment() });
  const database = await openSqlDatabase('SQLite', {
    migrated: false,
    place: {
      url: `sqlite:${join(folder, 'data', 'services', 'product.db')}`,
      admin: () => Promise.reject(new Error('an embedded database has no administrator')),
      drop: () => Promise.resolve(), // with the folder
    },
  });
  const linesOfProduct = (message: string): readonly { readonly pid: number }[] =>
    shop
      .stderr()
      .split('\n')
      .filter((line) => line.includes(`"msg":"${message}"`) && line.endsWith('}'))
      .map((line) => JSON.parse(line) as { service: string; pid: number })
      .filter(({ service }) => service === 'product');
  let killed = 0;
  return {
    url: shop.url,
    database,
    kill: async () => {
      process.kill(linesOfProduct('service started').at(-1)?.pid ?? NaN, 'SIGKILL');
      killed += 1;
      await eventually(() => linesOfProduct('service died').length === killed, 'its end');
    },
    replaced: async () => {
      await eventually(() => linesOfProduct('serving').length > killed, 'another process');
      const isReady = async (): Promise<boolean> => {
        const response = await fetch(`${shop.url}/readyz`);
        await response.arrayBuffer();
        return response.status === 200;
      };
      await eventually(isReady, 'the gateway to reach it');
    },
    close: () => database.close(),
  };
};

const survives = (shape: string, open: Open, server: LoneServerName | null = null): void => {
  describe('whose process is killed', function () {
    this.timeout(120_000);
    let folder: string;
    let shop: Killable;
    let headers: Readonly<Record<string, string>>;
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'portico-import-'));
      shop = await open(folder);
      const { accessToken } = await call<{ accessToken: string }>('/auth/login', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(OWNER),
      });
      headers = { Authorization: `Bearer ${accessToken}` };
    });
    afterEach(async () => {
      await killStarted();
      await shop.close();
      await rm(folder, { recursive: true });
    });

    const call = async <Body>(path: string, options: RequestInit = { headers }): Promise<Body> => {
      const response = await fetch(`${shop.url}${path}`, options);
      return (await response.json()) as Body;
    };
    const upload = (body: RequestInit['body']): Promise<Response> =>
      fetch(`${shop.url}/products/import`, {
        method: 'POST',
        headers: { ...headers, 'Content-Type': 'text/csv' },
        body: body ?? null,
        duplex: 'half',
      });
    const seen = (id: string, isSo: (shown: Shown) => boolean, what: string): Promise<Shown> =>
      eventually(
        async () => {
          const shown = await call<Shown>(`/imports/${id}`);
          return isSo(shown) ? shown : null;
        },
        what,
        60_000,
      );
    /** Ends the lease of what the dead process had claimed, for which the next one would wait 20 seconds. */
    const expireLease = () =>
      shop.database.transact((scope) =>
        updateRows(
          outboxTables(scope.sequelize).deliveries,
          { dueAt: 0 },
          { subscriber: 'catalog.imports' },
          scope,
        ),
      );
    /** Returns what the database has of products, by their SKUs, and the rows that wait. */
    const stored = async () => {
      const { outside } = shop.database;
      const tables = catalogTables(outside.sequelize);
      const stock = await findRows(tables.stock, {}, outside);
      const quantities = new Map(stock.map(({ productId, quantity }) => [productId, quantity]));
      const ledger = await findRows(tables.ledger, { order: [['sequence', 'asc']] }, outside);
      const movements = groupBy(ledger, ({ productId }) => productId);
      const products = await findRows(tables.products, {}, outside);
      return {
        chunks: await findRows(tables.importChunks, {}, outside),
        products: new Map(
          products.map(({ id, sku, version, priceMinor }) => [
            sku,
            {
              ...{ version, priceMinor, quantity: quantities.get(id) },
              deltas: movements.get(id)?.map(({ delta }) => delta),
            },
          ]),
        ),
      };
    };
    /** Locks the stock of a product as another client would, until it is released. */
    const lockStock = async (productId: ProductId, name: LoneServerName) => {
      const [locked, released] = [gate(), gate()];
      const lock = shop.database.transact(async (scope) => {
        await findRow(catalogTables(scope.sequelize).stock, { productId }, scope, { lock: true });
        locked.open();
        await released.opened;
      });
      await locked.opened;
      return {
        isWaitedFor: async (): Promise<boolean> => {
          const [found] = await shop.database.sequelize.query<{ readonly waiting: unknown }>(WAITING[name], {
            type: QueryTypes.SELECT,
          });
          return Number(found?.waiting) > 0;
        },
        release: async () => {
          released.open();
          await lock;
        },
      };
    };

    it(`An import goes on where it was when its process is killed again and again, and applies each row once, ${shape}`, async () => {
      const { id: lockedId } = await call<{ id: ProductId }>('/products', {
        method: 'POST',
        headers: { ...headers, 'Content-Type': 'application/json' },
        body: JSON.stringify(LOCKED),
      });
      const lock = server === null ? null : await lockStock(lockedId, server);
      const { id } = (await (await upload(FILE)).json()) as Shown;
      let before = 1; // one row was refused while it arrived
      if (lock !== null) {
        await eventually(lock.isWaitedFor, 'a chunk of which a part is written').finally(async () => {
          await shop.kill();
          await lock.release();
        });
        await expireLease();
        await shop.replaced();
        before += 2 * CHUNK;
      }
      for (let killed = lock === null ? 0 : 1; killed < 2; killed += 1) {
        const { processed } = await seen(id, (shown) => shown.processed > before, 'progress');
        await shop.kill();
        expect(processed, 'killed before the end').to.be.below(ROWS.length);
        before = processed;
        await expireLease();
        await shop.replaced();
        expect((await call<Shown>(`/imports/${id}`)).processed).to.be.at.least(before);
      }
      const done = await seen(id, ({ finishedAt }) => finishedAt !== null, 'the end');
      expect(done).to.include({
        ...{ status: 'finished', rows: ROWS.length, processed: ROWS.length, created: PRODUCTS + 1 },
        ...{ updated: ROWS.length - REFUSED.length - PRODUCTS - 1, unchanged: 0, refused: REFUSED.length },
      });
      const { items: errors } = await call<{ items: { line: number; sku: string }[] }>(
        `/imports/${id}/errors?limit=100`,
      );
      expect(errors.map(({ line, sku }) => [line, sku])).to.deep.equal(
        REFUSED.map(({ line, sku }) => [line, sku]),
      );
      expect(await stored()).to.deep.equal({
        chunks: [],
        products: new Map<string | null, object>([
          ...NUMBERS.map((n): [string, object] => {
            const quantity = (n % 7) + 1;
            return isRefused(n)
              ? [`K-${String(n)}`, { version: 1, priceMinor: 100, deltas: [quantity], quantity }]
              : [
                  `K-${String(n)}`,
                  { version: 2, priceMinor: 200, deltas: [quantity, 2], quantity: quantity + 2 },
                ];
          }),
          ...['TWICE', LOCKED.sku].map((sku): [string, object] => [
            sku,
            { version: 2, priceMinor: 200, deltas: [1, 1], quantity: 2 },
          ]),
        ]),
      });
    });

    it(`An import of which only a part had arrived when its process was killed applies nothing, ${shape}`, async () => {
      const body = async function* (): AsyncGenerator<Uint8Array> {
        yield Buffer.from(FILE.slice(0, FILE.length / 2));
        await eventually(
          async () => ((await call<{ items: Shown[] }>('/imports')).items[0]?.rows ?? 0) > 0,
          'the first rows',
        );
        await shop.kill();
      };
      const sent = await upload(
        body() as unknown as ReadableStream /* fetch of Node takes any iterable */,
      ).then(
        ({ status }) => status,
        () => 'broken off',
      );
      expect(sent).to.be.oneOf(['broken off', 503]); // 503: from the gateway
      await shop.replaced();
      const { items } = await call<{ items: Shown[] }>('/imports');
      expect(items[0]).to.include({ status: 'receiving', processed: 0 });
      expect((await call<{ items: unknown[] }>('/products')).items).to.deep.equal([]);
    });
  });
};

describe('An import on SQLite', () => {
  survives('on SQLite', oneProcess('SQLite'));
});
onEveryServer('An import', (name) => {
  survives(`on ${name}`, oneProcess(name), name);
});
describe('An import as five services', () => {
  survives('as five services', fiveServices);
});
