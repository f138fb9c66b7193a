// What lists that look through as many products as a page may cost everybody else: GET /products/:id on an idle server and beside 40
// clients of one address who search again and again, on one server process for each database, with 100,000 products.
import { setMaxListeners } from 'node:events';
import { Agent, request } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { generateSigningKey } from '#src/contexts/accounts/adapters/jwt/signing-keys.js';
import { openSqlDatabase, type SqlDatabaseName } from '../support/databases.js';
import { fillTables, idOf } from '../support/large-tables.js';
import { startServer } from '../support/server-process.js';

const PRODUCTS = 100_000;
const READS = 200;
const CLIENTS = 40;
/** Of the ten products that are sold out, which are the last of the list. */
const SEARCH = '/products?inStock=false';

const agent = new Agent({ keepAlive: true });

interface Answered {
  readonly status: number;
  readonly retryAfter: number;
  readonly body: string;
}

const get = (url: string): Promise<Answered> =>
  new Promise((resolve, reject) => {
    const sent = request(url, { agent }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.on('end', () => {
        const { statusCode = 0, headers } = response;
        resolve({ status: statusCode, retryAfter: Number(headers['retry-after'] ?? 0), body });
      });
    });
    sent.on('error', reject).end();
  });

const metric = async (url: string, name: string): Promise<number> =>
  Number(new RegExp(`^${name} (.*)$`, 'm').exec((await get(`${url}/metrics`)).body)?.[1]);

/** What one read after the other took, and what the server process and its event loop did meanwhile. */
const read = async (url: string): Promise<string> => {
  const times: number[] = [];
  const others = new Map<number, number>();
  const before = await metric(url, 'process_cpu_seconds_total');
  const start = performance.now();
  for (let at = 0; at < READS; at += 1) {
    const begun = performance.now();
    const { status } = await get(`${url}/products/${idOf((at * 4) % PRODUCTS)}`);
    times.push(performance.now() - begun);
    if (status !== 200) others.set(status, (others.get(status) ?? 0) + 1);
  }
  const took = (performance.now() - start) / 1000;
  const lag = (await metric(url, 'nodejs_eventloop_lag_max_seconds')) * 1000;
  const cpu = ((await metric(url, 'process_cpu_seconds_total')) - before) / took;
  const sorted = times.toSorted((a, b) => a - b);
  const quantile = (part: number): string => (sorted[Math.floor((READS - 1) * part)] ?? NaN).toFixed(1);
  const failed = [...others].map(([status, count]) => `, ${count} × ${status}`).join('');
  return (
    `median ${quantile(0.5)} ms, 95 % within ${quantile(0.95)} ms, worst ${quantile(1)} ms${failed}; ` +
    `event loop at most ${lag.toFixed(0)} ms late, ${(100 * cpu).toFixed(0)} % of a core`
  );
};

/** Clients who search again and again, and wait as long as they are told to when there is no place for them. */
const pressure = (url: string) => {
  const seen = new Map<number, number>();
  const stopped = new AbortController();
  setMaxListeners(CLIENTS, stopped.signal);
  const client = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      const { status, retryAfter } = await get(`${url}${SEARCH}`);
      seen.set(status, (seen.get(status) ?? 0) + 1);
      await wait(retryAfter * 1000, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
  };
  const clients = Array.from({ length: CLIENTS }, client);
  return {
    end: async (): Promise<string> => {
      stopped.abort();
      await Promise.all(clients);
      return [...seen].map(([status, count]) => `${count} × ${status}`).join(', ');
    },
  };
};

const measure = async (name: SqlDatabaseName): Promise<void> => {
  const database = await openSqlDatabase(name, { statementTimeoutMs: 120_000 });
  const folder = await mkdtemp(join(tmpdir(), 'portico-bench-'));
  try {
    await fillTables(database.sequelize, { rows: PRODUCTS, tables: ['categories', 'products', 'stock'] });
    const server = await startServer({
      cwd: folder,
      environment: {
        DATABASE_URL: database.url,
        CATALOG_MAX_STALE_MS: '0',
        JWT_PRIVATE_KEY: generateSigningKey(),
        LOG_LEVEL: 'silent',
        DEMO_DATA: 'false',
        RATE_LIMITS: 'off',
      },
    });
    try {
      const begun = performance.now();
      const { status } = await get(`${server.url}${SEARCH}`);
      const alone = (performance.now() - begun).toFixed(0);
      await read(server.url);
      console.log(`${name}: one search, the first, took ${alone} ms (${status})`);
      console.log(`  idle: ${await read(server.url)}`);
      const { end } = pressure(server.url);
      await wait(2_000);
      console.log(`  beside ${CLIENTS} searches: ${await read(server.url)}`);
      console.log(`  the searches got ${await end()}`);
    } finally {
      await server.stop();
    }
  } finally {
    await database.close();
    await rm(folder, { recursive: true });
  }
};

console.log(
  `GET /products/:id, ${PRODUCTS} products, ${READS} reads each way, ${availableParallelism()} cores`,
);
const NAMES = ['SQLite', 'MariaDB', 'PostgreSQL'] as const;
for (const name of NAMES) if (process.argv[2] === undefined || process.argv[2] === name) await measure(name);
agent.destroy();
