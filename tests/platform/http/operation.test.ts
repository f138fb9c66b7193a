import { expect } from 'chai';
import Koa from 'koa';
import { listen } from '#src/platform/http/connections/server.js';
import { speak } from '../../support/raw-http.js';
import { gate } from './gate.js';
import { newId, startPlanted, type PlantedApp, type PlantedOptions } from './planted-app.js';

const started: PlantedApp[] = [];

/** Closed after the test, whatever comes of it. */
const start = async (options: PlantedOptions = {}): Promise<PlantedApp> => {
  const shop = await startPlanted({ graceMs: 500, ...options });
  started.push(shop);
  return shop;
};

const portOf = (url: string): number => Number(new URL(url).port);

describe('a shop in operation', () => {
  afterEach(() => Promise.all(started.splice(0).map(({ server }) => server.close())));

  describe('health', () => {
    it('A shop is alive whatever the state of the database, and ready only while its check passes', async () => {
      let away = false;
      const shop = await start({
        check: () => (away ? Promise.reject(new Error('no database')) : Promise.resolve(null)),
      });
      expect((await shop.client.get('/readyz')).status).to.equal(200);
      away = true;
      const { status, body } = await shop.client.get('/readyz');
      expect(status).to.equal(503);
      expect(body.code).to.equal('not_ready');
      expect(JSON.stringify(body)).not.to.contain('no database');
      expect((await shop.client.get('/livez')).status).to.equal(200);
      away = false;
      expect((await shop.client.get('/readyz')).status).to.equal(200);
    });

    it('A shop does not wait for a check that hangs, nor run a second one at the same time, and recovers afterwards', async () => {
      let checks = 0;
      let hangs = true;
      const shop = await start({
        checkTimeoutMs: 50,
        check: () => {
          checks += 1;
          return hangs ? new Promise(() => undefined) : Promise.resolve(null);
        },
      });
      expect(await Promise.all([1, 2, 3].map(() => shop.health.ready()))).to.deep.equal([
        false,
        false,
        false,
      ]);
      expect(checks).to.equal(1);
      expect((await shop.client.get('/readyz')).status).to.equal(503);
      hangs = false;
      expect((await shop.client.get('/readyz')).status).to.equal(200);
    });

    it('A shop is ready when the check has a remark, and logs it once', async () => {
      let remark: string | null = 'the schema is ahead';
      const shop = await start({ check: () => Promise.resolve(remark) });
      const probe = async (): Promise<number> => (await shop.client.get('/readyz')).status;
      expect([await probe(), await probe()]).to.deep.equal([200, 200]);
      const remarks = () => shop.log.filter(({ msg }) => msg === 'the schema is ahead').length;
      expect(remarks()).to.equal(1);
      remark = null;
      await probe();
      remark = 'the schema is ahead';
      await probe();
      expect(remarks()).to.equal(2);
    });

    it('A shop refuses requests before it serves', async () => {
      const shop = await start({ starting: true });
      expect((await shop.client.get('/things')).body.code).to.equal('not_ready');
      expect((await shop.client.get('/readyz')).status).to.equal(503);
      shop.health.start();
      expect((await shop.client.get('/things')).status).to.equal(200);
    });

    it('A shop refuses new requests while draining and lets those in progress finish', async () => {
      const { row, entered, open } = gate();
      const shop = await start({ extra: [row] });
      const begun = shop.client.get('/slow');
      await entered;
      shop.health.drain();
      const { status, headers, body } = await shop.client.get('/things');
      expect(status).to.equal(503);
      expect(body.code).to.equal('shutting_down');
      expect(headers['connection']).to.equal('close');
      expect(headers['retry-after']).to.match(/^\d+$/);
      expect((await shop.client.get('/readyz')).status).to.equal(503);
      expect((await shop.client.get('/livez')).status).to.equal(200);
      expect((await shop.client.get('/metrics')).status).to.equal(200);
      open();
      expect((await begun).status).to.equal(200);
    });
  });

  describe('metrics', () => {
    it('Metrics count requests by method, route pattern and status, and never by path', async () => {
      const shop = await start();
      await shop.client.get('/things/0190a0a0-0000-7000-8000-00000000dead');
      await shop.client.get('/nowhere/at/all');
      const { body } = await shop.client.get('/metrics');
      expect(body).to.contain(
        'http_request_duration_seconds_count{method="GET",route="/things/:id",status="404"} 1',
      );
      expect(body).to.contain(
        'http_request_duration_seconds_count{method="GET",route="unmatched",status="404"} 1',
      );
      expect(body).to.contain('process_cpu_seconds_total');
      expect(body).not.to.contain('nowhere');
    });

    it('Metrics belong to one shop each', async () => {
      const [busy, idle] = await Promise.all([start(), start()]);
      await busy.client.get('/things');
      expect((await busy.client.get('/metrics')).body).to.contain('route="/things"');
      expect((await idle.client.get('/metrics')).body).not.to.contain('route="/things"');
    });
  });

  describe('the server', () => {
    it('The server closes idle connections at once and waits for requests in flight', async () => {
      const { row, entered, open } = gate();
      const shop: PlantedApp = await start({
        extra: [row],
        graceMs: 600_000,
        limits: { keepAliveTimeout: 600_000 }, // who waits for it waits in vain
      });
      await shop.client.get('/livez'); // leaves a kept-alive connection behind
      const begun = shop.client.get('/slow');
      await entered;
      let closed = false;
      const closing = shop.server.close().then(() => (closed = true));
      const refused = await fetch(`${shop.server.url}/livez`).then(
        () => false,
        () => true,
      );
      expect(refused, 'new connections are refused').to.equal(true);
      expect(closed, 'a request is still in flight').to.equal(false);
      open();
      expect((await begun).status).to.equal(200);
      await closing;
    });

    it('The server cuts off what does not finish in time', async () => {
      const { row, entered } = gate();
      const shop = await start({ extra: [row], graceMs: 50 });
      const begun = shop.client.get('/slow').then(
        () => 'answered',
        () => 'cut off',
      );
      await entered;
      await shop.server.close();
      expect(await begun).to.equal('cut off');
    });

    it('The server rejects when its port is taken', async () => {
      const shop = await start();
      const second = listen(new Koa(), { port: portOf(shop.server.url), host: '127.0.0.1', newId });
      const error = await second.then(
        () => null,
        (reason: unknown) => reason,
      );
      expect(error).to.have.property('code', 'EADDRINUSE');
    });

    it('The server responds with 413 to a body that is still being sent, and reads the next request of the connection', async () => {
      const shop = await start();
      const body = 'x'.repeat(300_000);
      const framings = {
        [`Content-Length: ${String(body.length)}`]: body,
        'Transfer-Encoding: chunked': `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
      };
      for (const [framing, sent] of Object.entries(framings)) {
        const conversation = await speak(
          shop.server.url,
          `POST /things HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer user\r\nContent-Type: application/json\r\n${framing}\r\n\r\n${sent}` +
            'GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
        );
        expect(conversation)
          .to.match(/^HTTP\/1\.1 413 /)
          .and.to.contain('HTTP/1.1 200 OK');
      }
    });
  });
});
