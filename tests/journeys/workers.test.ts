import { expect } from 'chai';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { request, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { eventually } from '../support/eventually.js';
import { keepAliveClient } from '../support/keep-alive-client.js';
import { runProgram, startServer, type RunningShop } from '../support/server-process.js';
import { killStarted } from '../support/started-processes.js';
import { freePort } from '../support/throwaway-server.js';

type Line = Readonly<Record<string, unknown>>;

interface Call {
  readonly method?: string;
  readonly json?: unknown;
  readonly token?: string;
}

/** Calls on a connection of its own: the connections go to the workers in turn. */
const call = async (url: string, { method = 'GET', json, token }: Call = {}) => {
  const sent = request(url, {
    method,
    agent: false,
    headers: {
      ...(json !== undefined && { 'Content-Type': 'application/json' }),
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
    },
  }).end(json === undefined ? undefined : JSON.stringify(json));
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: response.statusCode ?? 0, body: await text(response) };
};

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('A shop that several workers serve', () => {
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'portico-workers-'))));
  afterEach(async () => {
    await killStarted();
    await rm(folder, { recursive: true });
  });

  const start = async (environment: Record<string, string> = {}): Promise<RunningShop> => {
    const shop = await startServer({
      cwd: folder,
      environment: { BCRYPT_COST: '4', WORKERS: '2', ...environment },
    });
    await eventually(() => serving(shop) === 2, 'both workers to serve');
    return shop;
  };
  const linesOf = (shop: RunningShop): readonly Line[] =>
    shop
      .stderr()
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Line);
  const workersOf = (shop: RunningShop): readonly number[] =>
    linesOf(shop).flatMap(({ msg, worker }) => (msg === 'worker started' ? [Number(worker)] : []));
  const serving = (shop: RunningShop): number => linesOf(shop).filter(({ msg }) => msg === 'serving').length;
  const logIn = async (shop: RunningShop): Promise<string> => {
    const [, email, password] = await shop.says(/Administrator +(\S+), password (\S+)/);
    const json = { email, password };
    const { body } = await call(`${shop.url}/auth/login`, { method: 'POST', json });
    return (JSON.parse(body) as { accessToken: string }).accessToken;
  };

  it('A shop that several workers serve says once that it is open, and creates its data once', async () => {
    const shop = await start();
    expect(shop.stdout().match(/Portico is open/g)).to.have.length(1);
    expect(shop.stdout()).to.match(/Workers +2/);
    expect(linesOf(shop).filter(({ msg }) => msg === 'a new database was created')).to.have.length(1);
    const { body } = await call(`${shop.url}/categories`);
    const names = (JSON.parse(body) as { items: { name: string }[] }).items.map(({ name }) => name);
    expect(names).to.have.length(new Set(names).size).and.to.be.above(0);
  });

  it('A shop that several workers serve replaces a worker that is killed, and serves meanwhile', async () => {
    const shop = await start();
    const [first = 0, second = 0] = workersOf(shop);
    process.kill(first, 'SIGKILL');
    await eventually(() => linesOf(shop).some(({ msg }) => msg === 'worker died'), 'its end in the log');
    expect((await call(`${shop.url}/products`)).status).to.equal(200);
    await eventually(() => serving(shop) === 3, 'a new worker to serve');
    expect(workersOf(shop)).to.have.length(3).and.to.include(second);
    for (let time = 0; time < 4; time += 1) expect((await call(`${shop.url}/products`)).status).to.equal(200);
  });

  it('A shop that several workers serve survives that all of them are killed while they wait for a count', async () => {
    const shop = await start({ RATE_LIMITS: 'on', PORT: String(await freePort()) });
    const client = keepAliveClient(shop.url);
    expect(await client.ask('/products')).to.include({ status: 200 });
    shop.process.kill('SIGSTOP');
    expect(await client.ask('/products'), 'the worker counts alone').to.include({ status: 200 });
    // What they have asked for will be answered to workers that are gone.
    for (const pid of workersOf(shop)) process.kill(pid, 'SIGKILL');
    shop.process.kill('SIGCONT');
    await eventually(() => serving(shop) === 4, 'new workers to serve');
    expect((await call(`${shop.url}/products`)).status).to.equal(200);
  });

  it('A shop that several workers serve replaces all of them on SIGHUP, and loses no request', async () => {
    const shop = await start();
    const old = workersOf(shop);
    const load = { over: false };
    const ready: number[] = [];
    const probing = (async () => {
      while (!load.over) ready.push((await call(`${shop.url}/readyz`)).status);
    })();
    const clients = Array.from({ length: 4 }, () =>
      keepAliveClient(shop.url).keepAsking('/products', () => load.over),
    );
    shop.process.kill('SIGHUP');
    await eventually(
      () => linesOf(shop).some(({ msg }) => msg === 'all workers are replaced'),
      'all workers to be replaced',
    );
    load.over = true;
    await probing;
    const answers = (await Promise.all(clients)).flat();
    expect(answers.filter((answer) => typeof answer === 'string' || answer.status !== 200)).to.deep.equal([]);
    expect(ready.filter((status) => status !== 200)).to.deep.equal([]);
    expect(old.filter(isAlive)).to.deep.equal([]);
    expect(workersOf(shop)).to.have.length(4);
    expect((await shop.stop()).code).to.equal(0);
  });

  it('A shop that several workers serve ends with all of them after SIGTERM', async () => {
    const shop = await start();
    const { code } = await shop.stop();
    expect(code).to.equal(0);
    expect(workersOf(shop).filter(isAlive)).to.deep.equal([]);
    expect(linesOf(shop).filter(({ msg }) => msg === 'stopped')).to.have.length(2);
  });

  it('A shop that several workers serve takes the second signal for one that ends it at once', async () => {
    const shop = await start({ SHUTDOWN_DELAY: '600' });
    shop.process.kill('SIGTERM');
    await eventually(
      () => linesOf(shop).filter(({ msg }) => msg === 'draining').length === 2,
      'both workers to drain',
    );
    shop.process.kill('SIGTERM');
    expect(await shop.ended).to.include({ code: 143 });
    await eventually(() => workersOf(shop).every((pid) => !isAlive(pid)), 'the end of the workers');
  });

  it('A shop that several workers serve ends when its primary process is killed', async () => {
    const shop = await start();
    shop.process.kill('SIGKILL');
    await eventually(() => workersOf(shop).every((pid) => !isAlive(pid)), 'the end of the workers');
  });

  it('A shop that several workers serve does not start with a wrong variable, and says so once', async () => {
    const { ended } = await runProgram('server', {
      cwd: folder,
      environment: { PORT: '0', WORKERS: '2', DATABASE_URL: 'memory:' },
    });
    const { code, stderr } = await ended;
    expect(code).to.equal(1);
    expect(stderr.split('\n').filter((line) => line.startsWith('portico:'))).to.deep.equal([
      'portico: WORKERS must be 1 with DATABASE_URL=memory:, since each worker would have a shop of its own',
    ]);
  });

  it('A shop that several workers serve counts for its rate limits as one process does', async () => {
    const shop = await start({ RATE_LIMITS: 'on' });
    const json = { email: 'nobody@shop.test', password: 'not the right one' };
    const statuses = [];
    for (let time = 0; time < 12; time += 1)
      statuses.push((await call(`${shop.url}/auth/login`, { method: 'POST', json })).status);
    expect(statuses).to.deep.equal([...Array<number>(10).fill(401), 429, 429]);
    expect(linesOf(shop).filter(({ msg }) => String(msg).includes('rate limits'))).to.deep.equal([]);
  });

  it('A shop that several workers serve shows the metrics of all of them, whichever is asked', async () => {
    const shop = await start();
    for (let time = 0; time < 10; time += 1) await call(`${shop.url}/categories`);
    const counted = 'http_request_duration_seconds_count{method="GET",route="/categories",status="200"}';
    for (let time = 0; time < 2; time += 1) {
      const count = await eventually(async () => {
        const { body } = await call(`${shop.url}/metrics`);
        const line = body.split('\n').find((each) => each.startsWith(counted));
        return line === undefined ? null : Number(line.slice(counted.length));
      }, 'the metric');
      expect(count).to.equal(10);
    }
  });

  it('A shop that several workers serve knows the tokens of each worker, also after the key was rotated', async () => {
    const shop = await start();
    const statusesWith = async (token: string) => {
      const statuses = new Set<number>();
      for (let time = 0; time < 4; time += 1)
        statuses.add((await call(`${shop.url}/auth/sessions`, { token })).status);
      return [...statuses];
    };
    const before = await logIn(shop);
    expect(await statusesWith(before)).to.deep.equal([200]);
    const rotation = await runProgram('rotate-keys', { cwd: folder });
    expect((await rotation.ended).code).to.equal(0);
    const after = await logIn(shop);
    expect(await statusesWith(before)).to.deep.equal([200]);
    expect(await statusesWith(after)).to.deep.equal([200]);
  });
});
