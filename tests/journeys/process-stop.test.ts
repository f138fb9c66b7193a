import { expect } from 'chai';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../support/eventually.js';
import { keepAliveClient } from '../support/keep-alive-client.js';
import { startServer, type RunningShop } from '../support/server-process.js';
import { killStarted } from '../support/started-processes.js';

/** More seconds than a test takes: a process that waits for their end is ended by a second signal. */
const LONG = '600';

describe('The built server that receives a stop signal', () => {
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'portico-stop-'))));
  afterEach(async () => {
    await killStarted();
    await rm(folder, { recursive: true });
  });

  const start = (environment: Record<string, string>): Promise<RunningShop> =>
    startServer({ cwd: folder, environment: { BCRYPT_COST: '4', DEMO_DATA: 'false', ...environment } });
  const isLeaving = (url: string): Promise<boolean> =>
    eventually(async () => (await fetch(`${url}/readyz`)).status === 503, '503 from /readyz');

  it('The built server that receives a stop signal takes new connections and serves them while /readyz is 503, and a second signal ends it at once', async () => {
    const server = await start({ SHUTDOWN_DELAY: LONG });
    server.process.kill('SIGTERM');
    await isLeaving(server.url);
    const answers = [];
    for (const path of ['/products', '/livez', '/readyz', '/docs'])
      answers.push(await keepAliveClient(server.url).ask(path));
    expect(answers).to.deep.equal([200, 200, 503, 200].map((status) => ({ status, last: true })));
    server.process.kill('SIGTERM');
    expect(await server.ended).to.include({ code: 143, signal: null });
  });

  it('The built server that receives a stop signal serves for 5 seconds more unless configured otherwise, when standard output is no terminal', async () => {
    const server = await start({ SHUTDOWN_DELAY: '' });
    server.process.kill('SIGINT');
    await eventually(() => server.stderr().includes('"shutdownDelay":5,'), 'the line of the log');
    server.process.kill('SIGINT');
    expect(await server.ended).to.include({ code: 130, signal: null });
  });

  it('The built server that receives a stop signal is not ready on the port of operators while it serves on the other one', async () => {
    const server = await start({ SHUTDOWN_DELAY: LONG, OPERATIONS_PORT: '0' });
    const [, operations = ''] = await server.says(/Operations +(\S+)/);
    server.process.kill('SIGTERM');
    await isLeaving(operations);
    expect(await keepAliveClient(server.url).ask('/products')).to.deep.equal({ status: 200, last: true });
  });

  it('The built server that receives a stop signal announces to every client that its connection ends, and resets no request meanwhile', async () => {
    const server = await start({ SHUTDOWN_DELAY: LONG });
    let answered = 0;
    const clients = Array.from({ length: 8 }, () =>
      keepAliveClient(server.url).keepAsking('/products', ({ last }) => {
        answered += 1;
        return last;
      }),
    );
    await eventually(() => answered > 50, 'the clients to be at work');
    server.process.kill('SIGTERM');
    for (const answers of await Promise.all(clients))
      expect(answers).to.deep.equal(
        answers.map((_, at) => ({ status: 200, last: at === answers.length - 1 })),
      );
  });

  it('The built server that receives a stop signal has a line in its log for each response that it has sent, up to the last one', async () => {
    const server = await start({ SHUTDOWN_DELAY: '0' });
    let answered = 0;
    const clients = Array.from({ length: 8 }, () =>
      keepAliveClient(server.url).keepAsking('/products', ({ last }) => {
        answered += 1;
        return last;
      }),
    );
    await eventually(() => answered > 50, 'the clients to be at work');
    server.process.kill('SIGTERM');
    const responses = (await Promise.all(clients)).flat().filter((answer) => typeof answer === 'object');
    const { stderr } = await server.ended;
    const lines = stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
    expect(lines.filter(({ path, status }) => path === '/products' && status === 200)).to.have.lengthOf(
      responses.length,
    );
    expect(lines.at(-1)?.['msg']).to.equal('stopped');
  });

  it('The built server that receives a stop signal ends by itself with 0 when the time is over, also with an unused connection', async () => {
    const server = await start({ SHUTDOWN_DELAY: '1' });
    expect(await keepAliveClient(server.url).ask('/livez')).to.deep.equal({ status: 200, last: false });
    expect(await server.stop()).to.include({ code: 0, signal: null });
  });
});
