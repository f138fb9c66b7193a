// An import of 100,000 products into an empty shop: rows a second, and by how much resident memory grows. `--again` sends the file a
// second time; `--store sqlite` and `--rows 100000` by default. `--heap 160` limits the heap to so many MiB: without a limit V8 lets garbage
// lie for as long as the machine has memory.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openSqlDatabase } from '../support/databases.js';
import { startServer } from '../support/server-process.js';
import { STORES, type Store } from './lab.js';
import { printTable } from './report.js';
import { residentOf } from './servers.js';

const { values } = parseArgs({
  options: {
    store: { type: 'string', default: 'sqlite' },
    rows: { type: 'string', default: '100000' },
    again: { type: 'boolean', default: false },
    heap: { type: 'string' },
  },
});
const store = values.store as Store;
if (!Object.hasOwn(STORES, store)) throw new Error(`--store is one of ${Object.keys(STORES).join(', ')}`);
const ROWS = Number(values.rows);
const OWNER = { email: 'owner@shop.test', password: 'an owner needs a password' };
const DESCRIPTION =
  'Stoneware, glazed by hand, safe in the dishwasher and in the oven; each piece is a little different.';

const file = async function* (): AsyncGenerator<Uint8Array> {
  let text = 'sku,name,description,price,quantity\n';
  for (let n = 0; n < ROWS; n += 1) {
    text += `SKU-${String(n)},Bowl number ${String(n)},"${DESCRIPTION}",${String((n % 900) + 1)}.50,${String(n % 50)}\n`;
    if (text.length < 65_536) continue;
    yield Buffer.from(text);
    text = '';
    await wait(0);
  }
  yield Buffer.from(text);
};

const folder = await mkdtemp(join(tmpdir(), 'portico-bench-import-'));
const database = await openSqlDatabase(STORES[store], { migrated: false });
const server = await startServer({
  cwd: folder,
  environment: {
    NODE_ENV: 'development',
    DATABASE_URL: database.url,
    BCRYPT_COST: '4',
    DEMO_DATA: 'false',
    LOG_LEVEL: 'warn',
    ...(values.heap !== undefined && { NODE_OPTIONS: `--max-old-space-size=${values.heap}` }),
    ADMIN_EMAIL: OWNER.email,
    ADMIN_PASSWORD: OWNER.password,
  },
});
const { pid } = server.process;
if (pid === undefined) throw new Error('the server does not run');

const call = async <Body>(path: string, options: RequestInit = {}): Promise<Body> => {
  const response = await fetch(`${server.url}${path}`, options);
  if (!response.ok) throw new Error(`${path}: ${String(response.status)} ${await response.text()}`);
  return (await response.json()) as Body;
};
const { accessToken } = await call<{ accessToken: string }>('/auth/login', {
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(OWNER),
});
const headers = { Authorization: `Bearer ${accessToken}` };

interface Shown {
  readonly id: string;
  readonly created: number;
  readonly unchanged: number;
  readonly finishedAt: string | null;
}

const measured = async (title: string): Promise<readonly string[]> => {
  await wait(2_000); // at rest
  const before = await residentOf(pid);
  let most = before;
  const watch = { isOver: false };
  const watching = (async () => {
    while (!watch.isOver) {
      most = Math.max(most, await residentOf(pid));
      await wait(50);
    }
  })();
  const startedAt = performance.now();
  let shown = await call<Shown>('/products/import', {
    method: 'POST',
    headers: { ...headers, 'Content-Type': 'text/csv' },
    body: file(), // fetch of Node takes any iterable
    duplex: 'half',
  });
  const receivedAt = performance.now();
  const mostOfUpload = most;
  while (shown.finishedAt === null) {
    await wait(100);
    shown = await call<Shown>(`/imports/${shown.id}`, { headers });
  }
  const seconds = (performance.now() - receivedAt) / 1000;
  watch.isOver = true;
  await watching;
  if (shown.created + shown.unchanged !== ROWS) throw new Error(JSON.stringify(shown));
  const upload = (receivedAt - startedAt) / 1000;
  return [
    title,
    upload.toFixed(1),
    String(Math.round(ROWS / upload)),
    seconds.toFixed(1),
    String(Math.round(ROWS / seconds)),
    before.toFixed(0),
    (mostOfUpload - before).toFixed(0),
    (most - before).toFixed(0),
  ];
};

try {
  const rows = [await measured('new products')];
  if (values.again) rows.push(await measured('the same file again'));
  printTable(
    ['', 'upload s', 'rows/s', 'applied s', 'rows/s', 'MiB before', 'growth in upload', 'growth in all'],
    rows.map((row) => [STORES[store], ...row].slice(1)),
  );
} finally {
  await server.stop();
  await database.close();
  await rm(folder, { recursive: true });
}
