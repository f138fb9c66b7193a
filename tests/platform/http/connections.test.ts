import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { eventually } from '../../support/eventually.js';
import { answersIn, dial, speak } from '../../support/raw-http.js';
import { gate } from './gate.js';
import { newId, startPlanted, type PlantedApp, type PlantedOptions } from './planted-app.js';

/** Clients are looked at often, and what is not asked about goes on for as long as a test may. */
const QUICK = {
  connectionsCheckingInterval: 10,
  headersTimeout: 60_000,
  requestTimeout: 60_000,
  keepAliveTimeout: 60_000,
};

const GET = 'GET /livez HTTP/1.1\r\n';
const POST =
  'POST /things HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer user\r\nContent-Type: application/json\r\n';

const expectProblem = (conversation: string, status: number, code: string): void => {
  const [answer, ...others] = answersIn(conversation);
  expect(others, 'one answer').to.deep.equal([]);
  expect(answer?.status, conversation).to.equal(status);
  expect(answer?.body).to.include({ status, code, requestId: newId(), type: 'about:blank' });
  expect(answer?.head)
    .to.match(/^content-type: application\/problem\+json/im)
    .and.to.match(/^cache-control: no-store/im);
};

describe('a connection', () => {
  const started: PlantedApp[] = [];
  afterEach(() => Promise.all(started.splice(0).map(({ server }) => server.close())));
  /** Closed after the test, whatever comes of it. */
  const start = async (options: PlantedOptions = {}): Promise<PlantedApp> => {
    const shop = await startPlanted({ graceMs: 500, ...options, limits: { ...QUICK, ...options.limits } });
    started.push(shop);
    return shop;
  };

  describe('whose client is slow', () => {
    it('A connection whose client is slow is cut off before its header fields are complete', async () => {
      const shop = await start({ limits: { headersTimeout: 50 } });
      expectProblem(await speak(shop.server.url, `${GET}Host: x\r\nX-Slow: `), 408, 'request_timeout');
    });

    it('A connection whose client is slow is cut off when it sends nothing at all', async () => {
      const shop = await start({ limits: { headersTimeout: 50 } });
      expectProblem(await speak(shop.server.url, ''), 408, 'request_timeout');
    });

    it('A connection whose client is slow is cut off before its body is complete, and nothing is done', async () => {
      const shop = await start({ limits: { headersTimeout: 50, requestTimeout: 50 } });
      const before = shop.things.size;
      for (const framing of [
        'Content-Length: 40\r\n\r\n{"name":',
        'Transfer-Encoding: chunked\r\n\r\n28\r\n{"name":',
      ])
        expectProblem(await speak(shop.server.url, `${POST}${framing}`), 408, 'request_timeout');
      expect(shop.things.size).to.equal(before);
    });

    it('A connection whose client is slow is closed without another response when it has one already', async () => {
      // Time enough for the head to be read on a busy machine.
      const shop = await start({ limits: { headersTimeout: 1_000, requestTimeout: 1_000 } });
      const conversation = await speak(shop.server.url, `${POST}Content-Length: 300000\r\n\r\n{`);
      expectProblem(conversation, 413, 'body_too_large');
    });

    it('A connection whose client is slow is given up when it is refused and the client keeps its side open', async () => {
      const shop = await start({ limits: { maxConnections: 1, writeTimeout: 50 } });
      const socket = connect({ port: Number(new URL(shop.server.url).port), allowHalfOpen: true });
      socket.write('NONSENSE\r\n\r\n');
      expectProblem(await text(socket), 400, 'malformed_request');
      await eventually(
        async () => (await speak(shop.server.url, `${GET}Host: x\r\nConnection: close\r\n\r\n`)) !== '',
        'its place to be free',
      );
      socket.destroy();
    });

    it('A connection whose client is slow ends when it idles', async () => {
      const shop = await start({ limits: { keepAliveTimeout: 50 } });
      const conversation = await speak(shop.server.url, `${GET}Host: x\r\n\r\n`);
      expect(answersIn(conversation).map(({ status }) => status)).to.deep.equal([200]);
    });
  });

  it('A connection is refused when there are too many, and accepted again when one has ended', async () => {
    const shop = await start({ limits: { maxConnections: 1 } });
    const first = await dial(shop.server.url);
    first.write(`${GET}Host: x\r\n\r\n`);
    await once(first, 'data');
    const second = await dial(shop.server.url);
    expect(await text(second)).to.equal('');
    first.destroy();
    await eventually(
      async () => (await speak(shop.server.url, `${GET}Host: x\r\nConnection: close\r\n\r\n`)) !== '',
      'a connection',
    );
  });

  describe('of a network that has many', () => {
    const answers = async (url: string): Promise<boolean> =>
      (await speak(url, `${GET}Host: x\r\nConnection: close\r\n\r\n`).catch(() => '')) !== '';
    const hold = async (url: string): Promise<Socket> => {
      const socket = await dial(url);
      socket.write(`${GET}Host: x\r\n\r\n`);
      await once(socket, 'data');
      return socket;
    };

    it('A connection of a network that has many is closed at once while there are too many, which is reported once', async () => {
      const refused: string[] = [];
      const shop = await start({
        limits: { maxPerNetwork: 2 },
        onRefused: (network) => refused.push(network),
      });
      const [first] = [await hold(shop.server.url), await hold(shop.server.url)];
      expect([await answers(shop.server.url), await answers(shop.server.url)]).to.deep.equal([false, false]);
      expect(refused).to.deep.equal(['127.0.0.1']);
      first.destroy();
      await eventually(() => answers(shop.server.url), 'a connection');
    });

    it('A connection of a network that has many is served when the network is that of a trusted proxy', async () => {
      const shop = await start({ limits: { maxPerNetwork: 1 }, config: { trustProxy: ['loopback'] } });
      await hold(shop.server.url);
      expect(await answers(shop.server.url)).to.equal(true);
    });
  });

  describe('that brings', () => {
    for (const [what, bytes] of Object.entries({
      'no Host': `${GET}Connection: close\r\n\r\n`,
      'two Hosts': `${GET}Host: x\r\nHost: y\r\nConnection: close\r\n\r\n`,
      'no HTTP': 'NONSENSE\r\n\r\n',
      'another protocol': '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
      'a NUL in a header field': `${GET}Host: x\r\nX-Evil: a\0b\r\n\r\n`,
      'a length and chunks': `${POST}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      'two lengths': `${POST}Content-Length: 3\r\nContent-Length: 4\r\n\r\n{}`,
      'a negative length': `${POST}Content-Length: -1\r\n\r\n{}`,
      'a chunk of no size': `${POST}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}`,
      'an endless chunk extension': `${POST}Transfer-Encoding: chunked\r\n\r\n2;${'x'.repeat(20_000)}`,
    })) {
      it(`A connection that brings ${what} receives a problem and is closed`, async () => {
        const shop = await start();
        expectProblem(await speak(shop.server.url, bytes), 400, 'malformed_request');
        expect(shop.things.size).to.equal(1);
      });
    }

    it('A request with an unknown expectation receives a problem', async () => {
      const shop = await start();
      const refused = `${GET}Host: x\r\nExpect: a-pony\r\nConnection: close\r\n\r\n`;
      expectProblem(await speak(shop.server.url, refused), 417, 'expectation_failed');
    });

    it('A request with the expectation 100-continue may go on', async () => {
      const shop = await start();
      const socket = await dial(shop.server.url);
      const body = '{"name":"Desk","price":1}';
      socket.write(
        `${POST}Expect: 100-Continue\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n`,
      );
      expect(String((await once(socket, 'data'))[0])).to.match(/^HTTP\/1\.1 100 Continue/);
      socket.write(body);
      expect(answersIn(await text(socket))[0]).to.include({ status: 201 });
    });

    it('A request with too large or too many header fields receives a problem', async () => {
      const shop = await start();
      const large = `${GET}Host: x\r\nX-Big: ${'x'.repeat(20_000)}\r\n\r\n`;
      expectProblem(await speak(shop.server.url, large), 431, 'headers_too_large');
      const fields = (count: number): string => 'X: y\r\n'.repeat(count - 2);
      const many = (count: number) => `${GET}Host: x\r\nConnection: close\r\n${fields(count)}\r\n`;
      for (const count of [101, 1900, 2500])
        expectProblem(await speak(shop.server.url, many(count)), 431, 'headers_too_large');
      expect(answersIn(await speak(shop.server.url, many(100)))[0]?.status).to.equal(200);
    });

    it('A request with header fields that JavaScript takes for a prototype is served like any other', async () => {
      const shop = await start();
      const said = await speak(
        shop.server.url,
        `${GET}Host: x\r\n__proto__: x\r\nconstructor: x\r\nprototype: x\r\nConnection: close\r\n\r\n`,
      );
      expect(answersIn(said)[0]?.status).to.equal(200);
      expect(({} as Record<string, unknown>)['x']).to.equal(undefined);
    });

    it('Bytes that are not HTTP receive a response of their own after an earlier one', async () => {
      const shop = await start();
      const socket = await dial(shop.server.url);
      socket.write(`${GET}Host: x\r\n\r\n`);
      await once(socket, 'data');
      socket.write('NONSENSE\r\n\r\n');
      expectProblem(await text(socket), 400, 'malformed_request');
    });

    it('Bytes that are not HTTP behind a request wait for that request’s response', async () => {
      const { row, entered, open } = gate();
      const shop = await start({ extra: [row] });
      const socket = await dial(shop.server.url);
      socket.write('GET /slow HTTP/1.1\r\nHost: x\r\n\r\nNONSENSE\r\n\r\n');
      await entered;
      const said = text(socket);
      open();
      expect(answersIn(await said).map(({ status, body }) => [status, body])).to.deep.equal([
        [200, { done: true }],
      ]);
    });
  });
});
