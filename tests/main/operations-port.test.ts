import { expect } from 'chai';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { createShop, type Shop } from '#src/main/shop.js';
import { testShop } from '#src/main/test-shop.js';
import { eventually } from '../support/eventually.js';

const OPERATORS = ['/livez', '/readyz', '/metrics'];

const statuses = (url: string, paths: readonly string[]): Promise<readonly number[]> =>
  Promise.all(
    paths.map(async (path) => {
      const answer = await fetch(`${url}${path}`);
      await answer.arrayBuffer(); // or the connection stays open
      return answer.status;
    }),
  );

const answers = (url: string): Promise<boolean> =>
  fetch(url).then(
    () => true,
    () => false,
  );

describe('A shop with an operators’ port', () => {
  let shop: Shop;
  let url: string;
  let operationsUrl: string;

  before(async () => {
    const apart = { OPERATIONS_PORT: '0', RATE_LIMITS: 'on', RATE_LIMIT_PER_MINUTE: '20' };
    const started = await testShop({}, apart);
    shop = started;
    url = started.url;
    operationsUrl = started.operationsUrl ?? '';
  });
  after(() => shop.close());

  it('A shop with an operators’ port reports its health on that port alone', async () => {
    expect(await statuses(operationsUrl, OPERATORS)).to.deep.equal([200, 200, 200]);
    expect(await statuses(url, OPERATORS)).to.deep.equal([404, 404, 404]);
  });

  it('A shop with an operators’ port serves nothing else there', async () => {
    expect(await statuses(operationsUrl, ['/products', '/docs', '/openapi.json'])).to.deep.equal([
      404, 404, 404,
    ]);
    expect(await statuses(url, ['/products', '/docs', '/openapi.json'])).to.deep.equal([200, 200, 200]);
  });

  it('A shop with an operators’ port measures the requests of both ports', async () => {
    await statuses(url, ['/products']);
    await eventually(async () => {
      const metrics = await (await fetch(`${operationsUrl}/metrics`)).text();
      return metrics.includes('route="/products"') && metrics.includes('route="/livez"');
    }, 'both to be told of');
  });

  it('A shop with an operators’ port limits requests for these paths on the other port, and not its operators', async () => {
    const often = Array.from({ length: 25 }, () => '/livez');
    expect(await statuses(url, often)).to.include(429);
    expect(await statuses(operationsUrl, often)).not.to.include(429);
  });

  it('A shop with an operators’ port closes both ports', async () => {
    await shop.close();
    expect([await answers(`${url}/livez`), await answers(`${operationsUrl}/livez`)]).to.deep.equal([
      false,
      false,
    ]);
  });

  it('A shop with an operators’ port listens on none when it can not have one', async () => {
    const squatter = createServer().listen(0, '127.0.0.1');
    await once(squatter, 'listening');
    const taken = (squatter.address() as AddressInfo).port;
    const free = createServer().listen(0, '127.0.0.1');
    await once(free, 'listening');
    const operationsPort = (free.address() as AddressInfo).port;
    await new Promise((closed) => free.close(closed));
    const config = { ...shop.parts.config, port: taken, operationsPort };
    const failure: unknown = await createShop(config)
      .listen()
      .catch((error: unknown) => error);
    expect(failure).to.have.property('code', 'EADDRINUSE');
    expect(await answers(`http://127.0.0.1:${String(operationsPort)}/livez`)).to.equal(false);
    squatter.close();
  });
});
