import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { expect } from 'chai';
import { boolean, parameters } from '#src/platform/schema/schema.js';
import { IN_FLIGHT } from '#src/platform/http/overload/in-flight-limit.js';
import { ok } from '#src/platform/http/routes/reply.js';
import { route } from '#src/platform/http/routes/route.js';
import { PER_TURN } from '#src/platform/http/overload/turns.js';
import { eventually } from '../../support/eventually.js';
import { dial } from '../../support/raw-http.js';
import { gate } from './gate.js';
import { startPlanted, type PlantedApp, type PlantedOptions } from './planted-app.js';

/** With `most` requests in flight, the next one is too many: the limit begins there. */
const { most } = IN_FLIGHT;

const headersOf = async (url: string, headers: Record<string, string> = {}) => {
  const sent = request(url, { headers }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.resume();
  return { status: response.statusCode, headers: response.headers };
};

describe('A process with too many requests in flight', () => {
  const started: PlantedApp[] = [];
  const opened: (() => void)[] = [];
  afterEach(async () => {
    for (const open of opened.splice(0)) open();
    await Promise.all(started.splice(0).map(({ server }) => server.close()));
  });
  /** Opened and closed after the test, whether it passes or not. */
  const start = async (options: PlantedOptions = {}) => {
    const { row, open } = gate();
    opened.push(open);
    const shop = await startPlanted({
      graceMs: 500,
      ...options,
      extra: [row, ...(options.extra ?? [])],
      config: { maxEventLoopDelayMs: 1_000, ...options.config },
    });
    started.push(shop);
    return { ...shop, open };
  };
  const inFlight = async ({ client }: PlantedApp): Promise<number> => {
    const { body } = await client.get('/metrics');
    return Number(/^requests_in_flight (\d+)$/m.exec(body as string)?.[1]);
  };
  /** Sends requests that stay in flight until the gate is opened. */
  const fill = async (shop: PlantedApp) => {
    const answers = Array.from({ length: most }, () => fetch(`${shop.server.url}/slow`));
    await eventually(async () => (await inFlight(shop)) === most, 'the requests to be in flight');
    return answers;
  };
  const full = async (shop: PlantedApp): Promise<void> => {
    void Promise.all(await fill(shop));
  };

  /** Connections that the server has accepted, which it does one by one. */
  const accepted = (shop: PlantedApp, many: number): Promise<readonly Socket[]> =>
    Promise.all(
      Array.from({ length: many }, async () => {
        const socket = await dial(shop.server.url);
        socket.write('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n');
        await once(socket, 'data');
        return socket;
      }),
    );

  it('A process with too many requests in flight refuses further ones at once, and serves again when the others have ended', async () => {
    const shop = await start();
    const answers = await fill(shop);
    const { status, headers, body } = await shop.client.get('/things?limit=2', {
      headers: { 'X-Request-Id': 'too-many' },
    });
    expect(status).to.equal(503);
    expect(['1', '2', '3']).to.include(headers['retry-after']);
    expect(body).to.deep.include({
      code: 'overloaded',
      status: 503,
      instance: '/things',
      requestId: 'too-many',
    });
    shop.open();
    for (const answer of answers) expect((await answer).status).to.equal(200);
    expect((await shop.client.get('/things')).status).to.equal(200);
  });

  it('A process with too many requests in flight tells refused clients different times to come back', async () => {
    const shop = await start();
    await full(shop);
    const told = new Set<unknown>();
    for (let time = 0; time < 3; time += 1)
      told.add((await shop.client.get('/things')).headers['retry-after']);
    expect([...told].sort()).to.deep.equal(['1', '2', '3']);
  });

  it('A process with very many requests at once accepts a new connection and answers its probe before it has begun them all', async () => {
    const shop = await start();
    const sockets = await accepted(shop, 6 * PER_TURN);
    for (const socket of sockets) socket.write('GET /things HTTP/1.1\r\nHost: x\r\n\r\n');
    const probe = shop.client.get('/livez');
    const pathsOfLog = () => shop.log.flatMap(({ path }) => (typeof path === 'string' ? [path] : []));
    const paths = await eventually(() => {
      const found = pathsOfLog().slice(sockets.length);
      return found.length > sockets.length ? found : null;
    }, 'the lines of all requests');
    expect((await probe).status).to.equal(200);
    expect(paths.indexOf('/livez')).to.be.below(sockets.length / 2);
    for (const socket of sockets) socket.destroy();
  });

  it('A process with very many requests at once does not begin one whose client has hung up before its turn', async () => {
    let begun = 0;
    const counting = route({
      ...{ method: 'get', path: '/counted', operationId: 'count', tag: 'Things', access: 'anyone' },
      summary: 'Planted',
      replies: { 200: { body: parameters({ done: boolean() }) } },
      query: () => (begun += 1),
      reply: () => ok({ done: true }),
    });
    const shop = await start({ extra: [counting], limits: { maxPerNetwork: Infinity } });
    const sockets = await accepted(shop, 12 * PER_TURN);
    for (const socket of sockets) {
      socket.write('GET /counted HTTP/1.1\r\nHost: x\r\n\r\n');
      socket.destroy();
    }
    await shop.client.get('/things'); // in its turn, so after all of them
    expect(begun).to.be.below(sockets.length / 2);
  });

  it('A process with too many requests in flight refuses a request with a body, and keeps its connection', async () => {
    const shop = await start();
    await full(shop);
    const socket = await dial(shop.server.url);
    let said = '';
    socket.on('data', (chunk) => (said += String(chunk)));
    const body = JSON.stringify({ name: 'Desk', price: 1 });
    const post = `POST /things HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer user\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
    socket.write(post + body + post + body);
    await eventually(() => said.split('HTTP/1.1 503').length === 3, 'both refusals');
    socket.destroy();
    expect(shop.things.size).to.equal(1);
  });

  it('A process with too many requests in flight still answers probes, metrics and preflights', async () => {
    const shop = await start();
    await full(shop);
    for (const path of ['/livez', '/readyz', '/metrics'])
      expect((await shop.client.get(path)).status, path).to.equal(200);
    const preflight = { Origin: 'https://shop.example', 'Access-Control-Request-Method': 'GET' };
    expect((await shop.client.options('/things', { headers: preflight })).status).to.equal(204);
  });

  it('A process with too many requests in flight refuses probes when they have a port of their own, as any unknown path', async () => {
    const shop = await start({ config: { operationsApart: true } });
    const answers = Array.from({ length: most }, () => fetch(`${shop.server.url}/slow`));
    await eventually(async () => (await fetch(`${shop.server.url}/livez`)).status === 503, 'a refusal');
    shop.open();
    await Promise.all(answers);
  });

  it('A process with too many requests in flight sends a refusal with the header fields of any other problem', async () => {
    for (const headers of [{}, { Origin: 'https://shop.example' }, { Origin: 'https://elsewhere.example' }]) {
      const shop = await start({ config: { publicUrl: 'https://api.shop.example' } });
      shop.health.drain();
      const usual = await headersOf(`${shop.server.url}/things`, headers);
      const busy = await start({ config: { publicUrl: 'https://api.shop.example' } });
      await full(busy);
      const refused = await headersOf(`${busy.server.url}/things`, headers);
      expect([usual.status, refused.status]).to.deep.equal([503, 503]);
      const own = ['date', 'connection', 'keep-alive', 'content-length', 'retry-after', 'x-request-id'];
      const comparable = (all: object) =>
        Object.fromEntries(Object.entries(all).filter(([name]) => !own.includes(name)));
      expect(comparable(refused.headers)).to.deep.equal(comparable(usual.headers));
      expect(Object.keys(refused.headers)).to.include.members(own.filter((name) => name !== 'keep-alive'));
    }
  });

  it('A process with too many requests in flight counts refusals, and logs them together', async () => {
    const shop = await start();
    await full(shop);
    for (let time = 0; time < 5; time += 1) await shop.client.get('/things');
    const body = await eventually(async () => {
      const text = (await shop.client.get('/metrics')).body as string;
      return text.includes('requests_refused_total 5') ? text : null;
    }, 'the count');
    expect(body).to.match(/^requests_in_flight_limit 64$/m);
    const lines = shop.log.filter(({ msg }) => msg === 'overloaded: requests are refused with 503');
    expect(lines).to.have.length(1);
    expect(lines[0]).to.include({ level: 40, refused: 1, inFlight: most, limit: most });
    expect(shop.log.filter(({ path }) => path === '/things')).to.deep.equal([]);
  });

  it('A process with too many requests in flight does not count those that wait for their client’s body', async () => {
    const shop = await start();
    const uploads = [];
    for (let upload = 0; upload < most; upload += 1) {
      const socket = await dial(shop.server.url);
      socket.write(
        'POST /things HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer user\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
      );
      uploads.push(socket);
    }
    await eventually(async () => (await inFlight(shop)) === 0, 'all of them to wait');
    expect((await shop.client.get('/things')).status).to.equal(200);
    for (const socket of uploads) socket.destroy();
  });

  it('A process with too many requests in flight counts a request again once its body is there', async () => {
    const { row: slow, entered, open } = gate();
    opened.push(open);
    const posted = route({
      ...{ method: 'post', path: '/slow-posts', operationId: 'postSlowly', tag: 'Things', access: 'anyone' },
      summary: 'Planted',
      body: parameters({ done: boolean() }),
      replies: { 200: { body: parameters({ done: boolean() }) } },
      query: async () => {
        await slow.answer(undefined as never);
      },
      reply: () => ok({ done: true }),
    });
    const shop = await start({ extra: [posted] });
    const answer = shop.client.post('/slow-posts', { json: { done: true } });
    await entered;
    await eventually(async () => (await inFlight(shop)) === 1, 'the request to be counted');
    open();
    expect((await answer).status).to.equal(200);
  });

  it('A process with too many requests in flight does not count those that wait for the queue of expensive work', async () => {
    const { row: slow, entered, open } = gate();
    opened.push(open);
    const allowance = { attempts: 1_000, seconds: 60 };
    const hashing = {
      ...slow,
      path: '/hashes',
      operationId: 'hash',
      limit: {
        name: 'hashing',
        perAddress: allowance,
        effort: { name: 'work', perAddress: allowance, perAccount: allowance, expected: () => 1 },
      },
    } as unknown as typeof slow;
    const shop = await start({ extra: [hashing] });
    const answers = Array.from({ length: most }, () => shop.client.get('/hashes'));
    await entered;
    await eventually(async () => (await inFlight(shop)) === 0, 'all of them to wait');
    expect((await shop.client.get('/things')).status).to.equal(200);
    open();
    await Promise.all(answers);
  });

  it('A process with too many requests in flight forgets requests whose clients have hung up once they have ended', async () => {
    const shop = await start();
    const sockets = await Promise.all(Array.from({ length: most }, () => dial(shop.server.url)));
    for (const socket of sockets) socket.write('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n');
    await eventually(async () => (await inFlight(shop)) === most, 'the requests to be in flight');
    for (const socket of sockets) socket.destroy();
    shop.open();
    await eventually(async () => (await inFlight(shop)) === 0, 'all of them to end');
  });

  it('A process with too many requests in flight serves them all when no limit is set', async () => {
    const shop = await start({ config: { maxEventLoopDelayMs: 0 } });
    await full(shop);
    expect((await shop.client.get('/things')).status).to.equal(200);
  });
});
