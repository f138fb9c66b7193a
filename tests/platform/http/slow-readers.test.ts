import { text } from 'node:stream/consumers';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'chai';
import type { Connection, Exchange } from '#src/platform/http/connections/connection.js';
import type { ConnectionLimits } from '#src/platform/http/connections/connection-limits.js';
import { readsTooSlowly } from '#src/platform/http/connections/slow-readers.js';
import { eventually } from '../../support/eventually.js';
import { dial, speak } from '../../support/raw-http.js';
import { BIG, big } from './big-answer.js';
import { gate } from './gate.js';
import { startPlanted, type PlantedApp } from './planted-app.js';

const GET_BIG = 'GET /big HTTP/1.1\r\nHost: x\r\n\r\n';

describe('A client that does not read its response', () => {
  const started: PlantedApp[] = [];
  afterEach(() => Promise.all(started.splice(0).map(({ server }) => server.close())));
  const { row: slow, entered, open } = gate();
  /** Closed after the test, whether it passes or not. */
  const start = async (limits: Partial<ConnectionLimits>): Promise<PlantedApp> => {
    const shop = await startPlanted({
      extra: [big, slow],
      graceMs: 500,
      limits: { connectionsCheckingInterval: 10, ...limits },
    });
    started.push(shop);
    return shop;
  };
  const isCutOff = (shop: PlantedApp): Promise<boolean> =>
    eventually(() => shop.log.some(({ path, aborted }) => path === '/big' && aborted === true), 'the cut');

  it('A client that does not read its response is cut off when it has taken nothing for a while', async () => {
    const shop = await start({ writeTimeout: 50 });
    const socket = await dial(shop.server.url);
    socket.write(GET_BIG);
    await isCutOff(shop);
  });

  it('A client that does not read its response is cut off although it goes on sending', async () => {
    const shop = await start({ responseAllowance: 50, slowestReading: 1024 ** 4 });
    const socket = await dial(shop.server.url);
    socket.on('error', () => undefined); // the connection will be reset
    socket.write(GET_BIG);
    const sending = setInterval(() => socket.write('G'), 10);
    try {
      await isCutOff(shop);
    } finally {
      clearInterval(sending);
    }
  });

  it('A client that does not read its response gets all of its response when it reads, however slowly within the limits', async () => {
    const shop = await start({ responseAllowance: 10, slowestReading: 1 });
    const socket = await dial(shop.server.url);
    socket.write(GET_BIG.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
    let taken = 0;
    for await (const chunk of socket) {
      taken += (chunk as Buffer).length;
      await nextTurn();
    }
    expect(taken).to.be.above(BIG);
  });

  it('A client that does not read its response is not mistaken for one whose request takes long to work on', async () => {
    const shop = await start({ writeTimeout: 50, responseAllowance: 50 });
    const patient = speak(shop.server.url, 'GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    await entered;
    const socket = await dial(shop.server.url);
    socket.write(GET_BIG);
    await isCutOff(shop); // the other one has waited longer
    open();
    expect(await patient).to.match(/^HTTP\/1\.1 200 /);
  });

  it('A client that does not read its response is not mistaken for one that has not sent its request yet', async () => {
    const shop = await start({ writeTimeout: 10, headersTimeout: 200, requestTimeout: 200 });
    expect(await text(await dial(shop.server.url))).to.match(/^HTTP\/1\.1 408 /);
  });
});

describe('The time that a response may take', () => {
  const exchange = {} as Exchange;
  const connection = (writableLength: number, offered: number, pending = [exchange]): Connection =>
    ({ socket: { writableLength }, pending, offered }) as unknown as Connection;
  const limits = { responseAllowance: 1000, slowestReading: 100 };

  it('The time that a response may take grows with its length', () => {
    const isTooSlow = readsTooSlowly(limits, 500);
    const looks = (offered: number): number => {
      const waiting = connection(1, offered, [{} as Exchange]);
      let count = 1;
      while (!isTooSlow(waiting)) count += 1;
      return count;
    };
    expect([looks(0), looks(100), looks(1000)]).to.deep.equal([3, 5, 23]);
  });

  it('The time that a response may take does not pass while the client has taken all that there is', () => {
    const isTooSlow = readsTooSlowly(limits, 1000);
    expect(isTooSlow(connection(1, 0))).to.equal(false);
    for (let look = 0; look < 10; look += 1) expect(isTooSlow(connection(0, 0))).to.equal(false);
    expect(isTooSlow(connection(1, 0))).to.equal(true);
  });

  it('The time that a response may take begins anew with each response of a connection', () => {
    const isTooSlow = readsTooSlowly(limits, 1000);
    for (let answer = 0; answer < 10; answer += 1)
      expect(isTooSlow(connection(1, 0, [{} as Exchange]))).to.equal(false);
  });
});
