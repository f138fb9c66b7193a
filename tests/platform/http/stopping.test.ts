import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'chai';
import type { ConnectionLimits } from '#src/platform/http/connections/connection-limits.js';
import { eventually } from '../../support/eventually.js';
import { keepAliveClient, type Answered } from '../../support/keep-alive-client.js';
import { nextResponse } from '../../support/next-response.js';
import { answersIn, dial, speak } from '../../support/raw-http.js';
import { BIG, big } from './big-answer.js';
import { gate } from './gate.js';
import { startPlanted, type PlantedApp, type PlantedOptions } from './planted-app.js';

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;

/** A test that waits for one of these waits in vain. */
const NEVER: Partial<ConnectionLimits> = {
  keepAliveTimeout: 600_000,
  drainTimeout: 600_000,
};

/** A connection that has been used once, and has no request now. */
const used = async (url: string): Promise<Socket> => {
  const socket = await dial(url);
  socket.write(get('/livez'));
  await once(socket, 'data');
  return socket;
};

describe('A server that stops', () => {
  const started: PlantedApp[] = [];
  afterEach(() => Promise.all(started.splice(0).map(({ server }) => server.close())));
  /** Closed after the test, whether it passes or not. */
  const start = async ({ limits, ...options }: PlantedOptions = {}): Promise<PlantedApp> => {
    const shop = await startPlanted({ graceMs: 600_000, limits: { ...NEVER, ...limits }, ...options });
    started.push(shop);
    return shop;
  };
  const STOPS = 8;
  const CLIENTS = 12;
  /** The outcomes of all requests that clients send, each without a pause, while one server after another stops. */
  const outcomesOfStops = async (isLast: (answer: Answered) => boolean): Promise<ReadonlySet<string>> => {
    const outcomes = new Set<string>();
    for (let stop = 0; stop < STOPS; stop += 1) {
      const { server } = await start();
      let answered = 0;
      const clients = Array.from({ length: CLIENTS }, () =>
        keepAliveClient(server.url).keepAsking('/livez', (answer) => {
          answered += 1;
          return isLast(answer);
        }),
      );
      await eventually(() => answered > 5 * CLIENTS, 'the clients to be at work');
      if (stop % 2 === 1) server.announceClose(); // as for a delay, and without one
      await server.close({ lingerMs: 600_000 });
      for (const answers of await Promise.all(clients))
        for (const answer of answers)
          outcomes.add(typeof answer === 'string' ? answer : String(answer.status));
    }
    return outcomes;
  };
  const saysClose = (conversation: string): readonly boolean[] =>
    answersIn(conversation).map(({ head }) => /^connection: close/im.test(head));

  describe('soon', () => {
    it('A server that stops soon still takes connections, and says in each response that it is the last one', async () => {
      const shop = await start();
      const before = await used(shop.server.url);
      shop.server.announceClose();
      expect(saysClose(await speak(shop.server.url, get('/livez')))).to.deep.equal([true]);
      before.write(get('/livez'));
      expect(saysClose(await text(before)), 'on a connection from before').to.deep.equal([true]);
    });

    it('A server that stops soon responds to all that a client has sent at once before it closes the connection', async () => {
      const shop = await start();
      shop.server.announceClose();
      const conversation = await speak(shop.server.url, get('/livez').repeat(3));
      expect(saysClose(conversation)).to.deep.equal([false, false, true]);
    });

    it('A server that stops soon says so in responses to earlier requests', async () => {
      const { row, entered, open } = gate();
      const shop = await start({ extra: [row] });
      const socket = await dial(shop.server.url);
      const said = text(socket);
      socket.write(get('/slow') + get('/livez'));
      await entered;
      shop.server.announceClose();
      open();
      expect(saysClose(await said)).to.deep.equal([false, true]);
    });
  });

  describe('now', () => {
    it('A server that stops now resets no request of clients that use a connection until the server announces its end', async () => {
      expect([...(await outcomesOfStops(({ last }) => last))]).to.deep.equal(['200']);
    });

    it('A server that stops now resets no request of clients that connect anew until they are refused', async () => {
      expect([...(await outcomesOfStops(() => false))]).to.have.members(['200', 'ECONNREFUSED']);
    });

    it('A server that stops now sends the whole of a response that the client is still reading', async () => {
      const shop = await start({ extra: [big] });
      const response = nextResponse();
      const socket = await dial(shop.server.url);
      socket.write(get('/big'));
      await eventually(async () => (await response).writableEnded, 'the answer to be written');
      const closed = shop.server.close();
      let taken = 0;
      for await (const chunk of socket) {
        taken += (chunk as Buffer).length;
        await nextTurn();
      }
      expect(taken).to.be.above(BIG);
      await closed;
    });

    it('A server that stops now does not wait for a client that reads nothing of its response', async () => {
      const shop = await start({ extra: [big], limits: { drainTimeout: 50 } });
      const response = nextResponse();
      (await dial(shop.server.url)).write(get('/big'));
      await eventually(async () => (await response).writableEnded, 'the answer to be written');
      await shop.server.close();
    });

    it('A server that stops now responds to a request of which it has the beginning', async () => {
      const shop = await start();
      const socket = await used(shop.server.url);
      socket.write('GET /livez HTTP/1.1\r\n');
      await used(shop.server.url); // later, so the server has read both
      const closed = shop.server.close();
      await nextTurn();
      socket.write('Host: x\r\n\r\n');
      expect(saysClose(await text(socket))).to.deep.equal([true]);
      await closed;
    });

    it('A server that stops now responds to a request that is on its way to a connection that has none, when it lingers', async () => {
      const shop = await start();
      const sockets = [await used(shop.server.url), await dial(shop.server.url)];
      await used(shop.server.url).then((socket) => socket.destroy()); // later, so the server knows both
      const closed = shop.server.close({ lingerMs: 600_000 });
      const refused = await eventually(
        () =>
          dial(shop.server.url).then(
            () => false,
            () => true,
          ),
        'new connections to be refused',
      );
      expect(refused).to.equal(true);
      for (const socket of sockets) {
        socket.write(get('/livez'));
        expect(saysClose(await text(socket))).to.deep.equal([true]);
      }
      await closed;
    });

    it('A server that stops now lingers for a moment only', async () => {
      const shop = await start();
      const sockets = [await used(shop.server.url), await dial(shop.server.url)];
      await shop.server.close({ lingerMs: 50 });
      for (const socket of sockets) expect(await text(socket)).to.equal('');
    });

    it('A server that stops now does not wait for a client that keeps its side of a closed connection open', async () => {
      const shop = await start({ limits: { drainTimeout: 50 } });
      const socket = connect({ port: Number(new URL(shop.server.url).port), allowHalfOpen: true });
      socket.write(get('/livez'));
      await once(socket, 'data');
      await shop.server.close();
      socket.destroy();
    });
  });
});
