import { expect } from 'chai';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { createShop } from '#src/main/shop.js';
import { testShop as startTestShop } from '#src/main/test-shop.js';
import { testShop } from '../support/test-shop.js';

const health = async (url: string, path: string): Promise<number> => (await fetch(`${url}${path}`)).status;

describe('createShop', () => {
  it('createShop refuses requests until it is prepared, but is alive', async () => {
    const prepared = await startTestShop();
    const shop = createShop(prepared.parts.config);
    const { url } = await shop.listen();
    expect(await health(url, '/livez')).to.equal(200);
    expect(await health(url, '/readyz')).to.equal(503);
    expect(await health(url, '/products')).to.equal(503);
    await shop.prepare();
    expect(await health(url, '/readyz')).to.equal(200);
    expect(await health(url, '/products')).to.equal(200);
    await shop.close();
    await prepared.close();
  });

  it('createShop makes shops that know nothing of each other', async () => {
    const one = await testShop();
    const other = await testShop();
    await one.post('/categories', { token: one.adminToken, json: { name: 'Books' } });
    expect((await one.get('/categories')).body.items).to.have.length(1);
    expect((await other.get('/categories')).body.items).to.deep.equal([]);
    await one.close();
    await other.close();
  });

  it('createShop uses the clock it is given', async () => {
    const shop = await testShop({ overrides: { now: () => () => new Date('2030-01-01T00:00:00Z') } });
    const { token } = await shop.signUp();
    expect((await shop.get('/auth/me', { token })).body.createdAt).to.equal('2030-01-01T00:00:00.000Z');
    await shop.close();
  });

  it('createShop runs on a replaced repository, around the original or instead of it', async () => {
    const added: string[] = [];
    const shop = await testShop({
      overrides: {
        replaceRepositories: () => ({
          categories: (original) => ({
            ...original,
            add: async (category) => {
              await original.add(category);
              added.push(category.name);
            },
          }),
        }),
      },
    });
    const { status } = await shop.post('/categories', { token: shop.adminToken, json: { name: 'Books' } });
    expect(status).to.equal(201);
    expect(added).to.deep.equal(['Books']);
    await shop.close();
  });

  it('createShop starts its relay, wakes it when something has happened, and stops it at the end', async () => {
    const calls: string[] = [];
    const relay = {
      start: () => void calls.push('start'),
      wake: () => void calls.push('wake'),
      stop: () => Promise.resolve(void calls.push('stop')),
    };
    const shop = await testShop({ overrides: { relay: () => relay } });
    calls.push('open');
    await shop.get('/products');
    await shop.signUp();
    await shop.close();
    // The first administrator is made before the relay starts, which finds what is told of them.
    expect(calls).to.deep.equal(['wake', 'start', 'open', 'wake', 'stop']);
  });

  it('createShop makes a shop that reports when its port is taken', async () => {
    const squatter = createServer().listen(0, '127.0.0.1');
    await once(squatter, 'listening');
    const { port } = squatter.address() as AddressInfo;
    const running = await startTestShop();
    const config = { ...running.parts.config, port };
    const failure = await createShop(config)
      .listen()
      .then(
        () => 'listening',
        (error: unknown) => (error as NodeJS.ErrnoException).code,
      );
    expect(failure).to.equal('EADDRINUSE');
    await running.close();
    squatter.close();
  });
});
