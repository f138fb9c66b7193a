import { expect } from 'chai';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../support/eventually.js';
import { startServer, type RunningShop } from '../support/server-process.js';
import { killStarted } from '../support/started-processes.js';

const ROWS = 6_000;
const OWNER = { email: 'owner@shop.test', password: 'an owner needs a password' };
const QUICK = {
  BCRYPT_COST: '4',
  DEMO_DATA: 'false',
  ADMIN_EMAIL: OWNER.email,
  ADMIN_PASSWORD: OWNER.password,
};

interface Shown {
  readonly id: string;
  readonly status: string;
  readonly rows: number;
  readonly processed: number;
  readonly created: number;
  readonly finishedAt: string | null;
}

describe('An import whose server is killed', function () {
  this.timeout(240_000);
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'portico-import-'))));
  afterEach(async () => {
    await killStarted();
    await rm(folder, { recursive: true });
  });

  const start = (): Promise<RunningShop> => startServer({ cwd: folder, environment: QUICK });
  const kill = async ({ process, ended }: RunningShop): Promise<void> => {
    process.kill('SIGKILL');
    await ended;
  };
  const call = async <Body>({ url }: RunningShop, path: string, options: RequestInit = {}): Promise<Body> => {
    const response = await fetch(`${url}${path}`, options);
    return (await response.json()) as Body;
  };
  const logIn = async (shop: RunningShop) => {
    const headers = { 'Content-Type': 'application/json' };
    const body = JSON.stringify(OWNER);
    const { accessToken } = await call<{ accessToken: string }>(shop, '/auth/login', {
      method: 'POST',
      headers,
      body,
    });
    return { Authorization: `Bearer ${accessToken}` };
  };

  it('An import whose server is killed again and again goes on where it was, and applies each row once', async () => {
    let shop = await start();
    let headers = await logIn(shop);
    const lines = Array.from(
      { length: ROWS },
      (_, n) => `K-${String(n)},Thing ${String(n)},1,${String((n % 7) + 1)}`,
    );
    const { id } = await call<Shown>(shop, '/products/import', {
      method: 'POST',
      headers: { ...headers, 'Content-Type': 'text/csv' },
      body: ['sku,name,price,quantity', ...lines].join('\n'),
    });
    const show = () => call<Shown>(shop, `/imports/${id}`, { headers });
    let before = 0;
    for (let killed = 0; killed < 2; killed += 1) {
      const { processed } = await eventually(
        async () => {
          const shown = await show();
          return shown.processed > before ? shown : null;
        },
        'progress',
        90_000,
      );
      before = processed;
      await kill(shop);
      shop = await start();
      headers = await logIn(shop);
      expect((await show()).processed).to.be.at.least(before);
    }
    const done = await eventually(
      async () => {
        const shown = await show();
        return shown.finishedAt === null ? null : shown;
      },
      'the end',
      120_000,
    );
    expect(before, 'killed before the end').to.be.below(ROWS);
    expect(done).to.include({ status: 'finished', rows: ROWS, processed: ROWS, created: ROWS });

    const exported = await fetch(`${shop.url}/products/export`, { headers });
    const rows = (await exported.text())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { sku: string; quantity: number });
    expect(rows).to.have.length(ROWS);
    expect(new Map(rows.map(({ sku, quantity }) => [sku, quantity]))).to.deep.equal(
      new Map(lines.map((_line, n) => [`K-${String(n)}`, (n % 7) + 1])),
    );
    const one = await call<{ items: { id: string }[] }>(shop, '/products?sku=K-4321');
    const ledger = await call<{ items: { delta: number }[] }>(
      shop,
      `/products/${String(one.items[0]?.id)}/stock-adjustments`,
      { headers },
    );
    expect(ledger.items.map(({ delta }) => delta)).to.deep.equal([(4321 % 7) + 1]);
  });

  it('An upload whose server is killed applies nothing', async () => {
    const first = await start();
    const headers = await logIn(first);
    const body = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from(
        `sku,name,price\n${Array.from({ length: 900 }, (_, n) => `U-${String(n)},Thing,1\n`).join('')}`,
      );
      await eventually(async () => {
        const { items } = await call<{ items: Shown[] }>(first, '/imports', { headers });
        return (items[0]?.rows ?? 0) > 0;
      }, 'the first rows');
      await kill(first);
    };
    const sent = fetch(`${first.url}/products/import`, {
      method: 'POST',
      headers: { ...headers, 'Content-Type': 'text/csv' },
      body: body(), // fetch of Node takes any iterable
      duplex: 'half',
    });
    expect(
      await sent.then(
        () => 'a response',
        () => 'broken off',
      ),
    ).to.equal('broken off');
    const second = await start();
    const { items } = await call<{ items: Shown[] }>(second, '/imports', { headers: await logIn(second) });
    expect(items[0]).to.include({ status: 'receiving', processed: 0 });
    expect((await call<{ items: unknown[] }>(second, '/products')).items).to.deep.equal([]);
  });
});
