import { expect } from 'chai';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../support/eventually.js';
import { startServer, type RunningShop } from '../support/server-process.js';

/** More seconds than a test takes: a process that waits for their end is ended by a second signal. */
const LONG = '600';

/** The status of an answer and whether it is the last one of its connection, or the code of the error. */
const ask = (url: string, agent: Agent): Promise<{ status: number; last: boolean } | string> =>
  new Promise((resolve) => {
    const request = get(url, { agent }, (response) => {
      response.resume().once('end', () => {
        resolve({ status: response.statusCode ?? 0, last: response.headers.connection === 'close' });
      });
      response.once('error', (error: NodeJS.ErrnoException) => {
        resolve(error.code ?? error.message);
      });
    });
    request.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code ?? error.message);
    });
  });

describe('The built server, told to stop,', () => {
  let folder: string;
  const running: RunningShop[] = [];
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'portico-stop-'))));
  afterEach(async () => {
    for (const server of running.splice(0)) {
      server.process.kill('SIGKILL');
      await server.ended;
    }
    await rm(folder, { recursive: true });
  });

  const start = async (environment: Record<string, string>): Promise<RunningShop> => {
    const server = await startServer({
      cwd: folder,
      environment: { BCRYPT_COST: '4', DEMO_DATA: 'false', ...environment },
    });
    running.push(server);
    return server;
  };
  const isLeaving = (url: string, agent: Agent): Promise<boolean> =>
    eventually(async () => {
      const answer = await ask(`${url}/readyz`, agent);
      return typeof answer === 'object' && answer.status === 503;
    }, '503 from /readyz');

  it('takes new connections and serves them, while /readyz is 503; a second signal ends it at once', async () => {
    const server = await start({ SHUTDOWN_DELAY: LONG });
    const agent = new Agent({ keepAlive: false });
    server.process.kill('SIGTERM');
    await isLeaving(server.url, agent);
    const answers = [];
    for (const path of ['/products', '/livez', '/readyz', '/docs'])
      answers.push(await ask(`${server.url}${path}`, agent));
    expect(answers).to.deep.equal([200, 200, 503, 200].map((status) => ({ status, last: true })));
    server.process.kill('SIGTERM');
    expect(await server.ended).to.include({ code: 143, signal: null });
  });

  it('waits for 5 seconds when nothing else is said and standard output is no terminal', async () => {
    const server = await start({ SHUTDOWN_DELAY: '' });
    server.process.kill('SIGINT');
    await eventually(() => server.stderr().includes('"shutdownDelay":5,'), 'the line of the log');
    server.process.kill('SIGINT');
    expect(await server.ended).to.include({ code: 130, signal: null });
  });

  it('tells it on the port of operators until its last request is answered', async () => {
    const server = await start({ SHUTDOWN_DELAY: LONG, OPERATIONS_PORT: '0' });
    const [, operations = ''] = await server.says(/Operations +(\S+)/);
    const agent = new Agent({ keepAlive: false });
    server.process.kill('SIGTERM');
    await isLeaving(operations, agent);
    expect(await ask(`${server.url}/products`, agent)).to.deep.equal({ status: 200, last: true });
  });

  it('resets no request of clients that go on with their connections until they are told to close them', async () => {
    const server = await start({ SHUTDOWN_DELAY: '1' });
    const agents = Array.from({ length: 8 }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
    const clients = agents.map(async (agent) => {
      const answers = [];
      let answer: Awaited<ReturnType<typeof ask>>;
      do {
        answer = await ask(`${server.url}/products`, agent);
        answers.push(answer);
      } while (typeof answer === 'object' && !answer.last);
      return answers;
    });
    await eventually(() => server.stderr().split('"path":"/products"').length > 50, 'requests');
    server.process.kill('SIGTERM');
    for (const answers of await Promise.all(clients)) {
      expect(answers.at(-1)).to.deep.equal({ status: 200, last: true });
      expect(answers.slice(0, -1)).to.deep.equal(
        answers.slice(0, -1).map(() => ({ status: 200, last: false })),
      );
    }
    expect(await server.ended).to.include({ code: 0, signal: null });
    for (const agent of agents) agent.destroy();
  });
});
