// What it costs that a read on Galera waits for what was committed before (wsrep_sync_wait=1), and what it gains: servers that
// wait and servers that do not, side by side on one cluster, one of each on two nodes.
import { connect, createServer, type AddressInfo } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateSigningKey } from '#src/contexts/accounts/adapters/jwt/signing-keys.js';
import { openSqlDatabase } from '../support/databases.js';
import { galeraCluster } from '../support/galera.js';
import { startServer } from '../support/server-process.js';

const ROUNDS = 400;
const ADMIN = { email: 'owner@shop.test', password: 'an owner needs a password' };

/** A way to a node on which the connections ask for `wait`, whatever the shop sets: both kinds pass one, for fairness. */
const wayTo = async (target: number, wait: '0' | '1') => {
  const server = createServer((client) => {
    const node = connect(target, '127.0.0.1').setNoDelay();
    client.setNoDelay().on('data', (data) => {
      const text = data.toString('latin1').replace('wsrep_sync_wait = 1', `wsrep_sync_wait = ${wait}`);
      node.write(Buffer.from(text, 'latin1'));
    });
    node.pipe(client);
    client.on('error', () => node.destroy()).on('close', () => node.destroy());
    node.on('error', () => client.destroy());
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
};

const ask = async (url: string, method: 'GET' | 'POST', token: string, json?: unknown) => {
  const answer = await fetch(url, {
    method,
    headers: {
      ...(token !== '' && { Authorization: `Bearer ${token}` }),
      ...(json !== undefined && { 'Content-Type': 'application/json' }),
    },
    ...(json !== undefined && { body: JSON.stringify(json) }),
  });
  const body = (await answer.json()) as { id: string; accessToken: string; items?: readonly unknown[] };
  return { status: answer.status, body };
};

const { nodes } = await galeraCluster();
const database = await openSqlDatabase('Galera', { migrated: false });
const name = database.url.replace(/.*[/]/, '');
const folder = await mkdtemp(join(tmpdir(), 'portico-bench-'));
const key = generateSigningKey();
const closing: (() => unknown)[] = [];

/** The address of a server on a node. */
const serverOn = async (node: 1 | 2, wait: '0' | '1'): Promise<string> => {
  const way = await wayTo(nodes[node - 1]?.port ?? 0, wait);
  const server = await startServer({
    cwd: folder,
    environment: {
      DATABASE_URL: `mysql://root@127.0.0.1:${way.port}/${name}`,
      JWT_PRIVATE_KEY: key,
      ADMIN_EMAIL: ADMIN.email,
      ADMIN_PASSWORD: ADMIN.password,
      BCRYPT_COST: '4',
      PENDING_ORDERS_MAX: '0',
      LOG_LEVEL: 'silent',
    },
  });
  closing.push(() => server.stop().then(way.close));
  return server.url;
};

interface Measured {
  readonly own: string;
  readonly other: string;
  readonly order: number[];
  readonly cart: number[];
  stale: number;
}

const timed = async (into: number[], work: () => Promise<unknown>): Promise<void> => {
  const start = performance.now();
  await work();
  into.push(performance.now() - start);
};

const median = (times: readonly number[]): number =>
  times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? NaN;

try {
  const measured = async (wait: '0' | '1'): Promise<Measured> => ({
    own: await serverOn(1, wait),
    other: await serverOn(2, wait),
    order: [],
    cart: [],
    stale: 0,
  });
  const [waiting, hasty] = [await measured('1'), await measured('0')];
  const admin = (await ask(`${waiting.own}/auth/login`, 'POST', '', ADMIN)).body.accessToken;
  const product = { name: 'Tea', description: '', price: 3, quantity: 1_000_000 };
  const { id: productId } = (await ask(`${waiting.own}/products`, 'POST', admin, product)).body;
  const person = { name: 'Ada', email: 'ada@shop.test', password: 'a long enough password' };
  const token = (await ask(`${waiting.own}/auth/signup`, 'POST', '', person)).body.accessToken;

  for (let round = 0; round < ROUNDS; round += 1)
    for (const shop of round % 2 === 0 ? [waiting, hasty] : [hasty, waiting]) {
      await ask(`${shop.own}/cart`, 'POST', token, { productId, quantity: 1 });
      await timed(shop.cart, () => ask(`${shop.own}/cart`, 'GET', token));
      const { id } = (await ask(`${shop.own}/orders`, 'POST', token, {})).body;
      // One of the two: after a first read a second one has nothing left to wait for.
      if (round % 4 < 2) await timed(shop.order, () => ask(`${shop.own}/orders/${id}`, 'GET', token));
      else if ((await ask(`${shop.other}/orders/${id}`, 'GET', token)).status !== 200) shop.stale += 1;
    }

  for (const [what, times] of [
    ['GET /cart after POST /cart', [hasty.cart, waiting.cart]],
    ['GET /orders/:id after POST /orders', [hasty.order, waiting.order]],
  ] as const) {
    const [without, withWait] = times.map(median) as [number, number];
    console.log(
      `${what}, Galera, 1 client, median of ${times[0].length}: ${without.toFixed(1)} ms without wsrep_sync_wait, ` +
        `${withWait.toFixed(1)} ms with it, ratio ${(withWait / without).toFixed(2)}`,
    );
  }
  console.log(
    `GET /orders/:id on another node right after POST /orders: not found ${hasty.stale} times of ${ROUNDS / 2} without, ` +
      `${waiting.stale} times with it`,
  );
} finally {
  for (const close of closing) await close();
  await database.close();
  await rm(folder, { recursive: true });
}
