// What an Idempotency-Key costs: the server's CPU time for POST /orders with a key and without, side by side on MariaDB.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateSigningKey } from '#src/contexts/accounts/adapters/jwt/signing-keys.js';
import { openSqlDatabase } from '../support/databases.js';
import { startServer } from '../support/server-process.js';

const ROUNDS = 8;
const CUSTOMERS = 160;
const ADMIN = { email: 'owner@shop.test', password: 'an owner needs a password' };

const database = await openSqlDatabase('MariaDB', { migrated: false });
const folder = await mkdtemp(join(tmpdir(), 'portico-bench-'));
const server = await startServer({
  cwd: folder,
  environment: {
    DATABASE_URL: database.url,
    JWT_PRIVATE_KEY: generateSigningKey(),
    ADMIN_EMAIL: ADMIN.email,
    ADMIN_PASSWORD: ADMIN.password,
    BCRYPT_COST: '4',
    PENDING_ORDERS_MAX: '0',
    LOG_LEVEL: 'silent',
  },
});

const post = async (path: string, json: unknown, headers: Record<string, string> = {}) => {
  const answer = await fetch(`${server.url}${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(json),
  });
  if (!answer.ok) throw new Error(`POST ${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as { id: string; accessToken: string };
};

/** User and system time of the server so far, in clock ticks of 10 ms. */
const cpuTicks = (): number => {
  const fields =
    readFileSync(`/proc/${server.process.pid ?? 0}/stat`, 'utf8')
      .split(') ')[1]
      ?.split(' ') ?? [];
  return Number(fields[11]) + Number(fields[12]);
};

/** Does all the work, `clients` pieces of it at a time. */
const concurrently = async (clients: number, work: readonly (() => Promise<unknown>)[]): Promise<void> => {
  let next = 0;
  const client = async (): Promise<void> => {
    for (let piece = work[next++]; piece !== undefined; piece = work[next++]) await piece();
  };
  await Promise.all(Array.from({ length: clients }, client));
};

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

try {
  const admin = bearer((await post('/auth/login', ADMIN)).accessToken);
  const product = { name: 'Tea', description: '', price: 3, quantity: 1_000_000 };
  const productId = (await post('/products', product, admin)).id;
  const customers: string[] = [];
  await concurrently(
    8,
    Array.from({ length: CUSTOMERS }, (_, at) => async () => {
      const person = { name: 'Ada', email: `ada-${at}@shop.test`, password: 'a long enough password' };
      customers.push((await post('/auth/signup', person)).accessToken);
    }),
  );

  const round = async (clients: number, keyed: boolean): Promise<number> => {
    await concurrently(
      8,
      customers.map((token) => () => post('/cart', { productId, quantity: 1 }, bearer(token))),
    );
    const before = cpuTicks();
    await concurrently(
      clients,
      customers.map((token) => () => {
        const key = keyed ? { 'Idempotency-Key': randomUUID() } : undefined;
        return post('/orders', {}, { ...bearer(token), ...key });
      }),
    );
    return ((cpuTicks() - before) * 10) / CUSTOMERS;
  };

  for (const clients of [1, 16]) {
    await round(clients, true); // warms up
    const spent = { with: 0, without: 0 };
    for (let at = 0; at < ROUNDS; at += 1) {
      spent.without += await round(clients, false);
      spent.with += await round(clients, true);
    }
    const [withKey, without] = [spent.with / ROUNDS, spent.without / ROUNDS];
    console.log(
      `POST /orders, MariaDB, ${clients} client(s), server CPU an order: ` +
        `${without.toFixed(2)} ms without a key, ${withKey.toFixed(2)} ms with one, ratio ${(withKey / without).toFixed(2)}`,
    );
  }
} finally {
  await server.stop();
  await database.close();
  await rm(folder, { recursive: true });
}
