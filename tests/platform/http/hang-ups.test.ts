import { once } from 'node:events';
import type { Socket } from 'node:net';
import { expect } from 'chai';
import { eventually } from '../../support/eventually.js';
import { nextResponse } from '../../support/next-response.js';
import { dial } from '../../support/raw-http.js';
import { big } from './big-answer.js';
import { gate } from './gate.js';
import { startPlanted, type PlantedApp, type PlantedOptions } from './planted-app.js';

const GET = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;

/** Half of a body: the rest never comes. */
const HALF_A_POST = [
  'POST /things HTTP/1.1',
  'Host: x',
  'Authorization: Bearer user',
  'Content-Type: application/json',
  'Content-Length: 100',
  '',
  '{"name": ',
].join('\r\n');

const WAYS: Readonly<Record<string, (socket: Socket) => unknown>> = {
  'closes the connection': (socket) => socket.end(),
  'resets the connection': (socket) => socket.resetAndDestroy(),
};

describe('A request whose client hangs up', () => {
  const started: PlantedApp[] = [];
  afterEach(() => Promise.all(started.splice(0).map(({ server }) => server.close())));
  /** Closed after the test, whether it passes or not. */
  const start = async (options: PlantedOptions): Promise<PlantedApp> => {
    const shop = await startPlanted({ graceMs: 500, ...options });
    started.push(shop);
    return shop;
  };
  /** Returns what the log says of the only request so far. */
  const lineOf = async ({ log }: PlantedApp): Promise<Readonly<Record<string, unknown>>> => {
    const { status, aborted, outcome, code } = await eventually(
      () => log.find(({ msg }) => msg === 'request'),
      'the line of the request',
    );
    return { status, aborted, outcome, code };
  };
  const warningsOf = ({ log }: PlantedApp) => log.filter(({ level }) => Number(level) > 30);
  const expectMetric = async ({ client }: PlantedApp, labels: string): Promise<void> => {
    const { body } = await client.get('/metrics');
    expect(body).to.contain(`http_request_duration_seconds_count{${labels}} 1`);
  };

  for (const [how, hangUp] of Object.entries(WAYS)) {
    it(`A request whose client ${how} before it is processed is logged and counted with 499, and is no fault of the shop`, async () => {
      let enter = (): void => undefined;
      let goOn = (): void => undefined;
      const entered = new Promise<void>((resolve) => (enter = resolve));
      const opened = new Promise<void>((resolve) => (goOn = resolve));
      const shop = await start({
        admit: () => {
          enter();
          return opened;
        },
      });
      const response = nextResponse();
      const socket = await dial(shop.server.url);
      socket.write(HALF_A_POST);
      await entered;
      const { req } = await response;
      hangUp(socket);
      await eventually(() => req.destroyed, 'the server to notice');
      goOn();
      expect(await lineOf(shop)).to.deep.equal({
        status: 499,
        aborted: true,
        outcome: 400,
        code: 'malformed_request',
      });
      expect(warningsOf(shop)).to.deep.equal([]);
      await expectMetric(shop, 'method="POST",route="/things",status="499"');
    });

    it(`A request whose client ${how} while its body arrives is logged and counted with 499`, async () => {
      const shop = await start({});
      const response = nextResponse();
      const socket = await dial(shop.server.url);
      socket.write(HALF_A_POST);
      const { req } = await response;
      await eventually(() => req.listenerCount('data') > 0, 'the parser to read the body');
      hangUp(socket);
      expect(await lineOf(shop)).to.deep.equal({
        status: 499,
        aborted: true,
        outcome: 400,
        code: 'malformed_request',
      });
      expect(warningsOf(shop)).to.deep.equal([]);
      await expectMetric(shop, 'method="POST",route="/things",status="499"');
    });

    it(`A request whose client ${how} while it is processed is logged and counted with 499, and the log says what came of it`, async () => {
      const { row: slow, entered, open } = gate();
      const shop = await start({ extra: [slow] });
      const response = nextResponse();
      const socket = await dial(shop.server.url);
      socket.write(GET('/slow'));
      await entered;
      const { req } = await response;
      hangUp(socket);
      await eventually(() => !req.socket.writable, 'the server to notice');
      expect(
        shop.log.filter(({ msg }) => msg === 'request'),
        'what comes of it is not known yet',
      ).to.deep.equal([]);
      open();
      expect(await lineOf(shop)).to.deep.equal({
        status: 499,
        aborted: true,
        outcome: 200,
        code: undefined,
      });
      expect(warningsOf(shop)).to.deep.equal([]);
      await expectMetric(shop, 'method="GET",route="/slow",status="499"');
    });

    it(`A request whose client ${how} after its response has begun is logged and counted with the status that was sent`, async () => {
      const shop = await start({ extra: [big] });
      const socket = await dial(shop.server.url);
      socket.write(GET('/big'));
      await once(socket, 'readable');
      hangUp(socket);
      // A client that has closed only its own side may still read.
      socket.destroy();
      expect(await lineOf(shop)).to.deep.equal({
        status: 200,
        aborted: true,
        outcome: undefined,
        code: undefined,
      });
      expect(warningsOf(shop)).to.deep.equal([]);
      await expectMetric(shop, 'method="GET",route="/big",status="200"');
    });
  }

  it('A request whose client hangs up after the whole response is not aborted', async () => {
    const shop = await start({});
    const socket = await dial(shop.server.url);
    socket.write(GET('/things'));
    await once(socket, 'readable');
    socket.destroy();
    expect(await lineOf(shop)).to.deep.equal({
      status: 200,
      aborted: undefined,
      outcome: undefined,
      code: undefined,
    });
  });
});
