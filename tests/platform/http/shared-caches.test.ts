import { expect } from 'chai';
import { createSecretKey, randomBytes } from 'node:crypto';
import { processCounter } from '#src/platform/limits/process-counter.js';
import { eventually } from '../../support/eventually.js';
import { KNOWN, newId, startPlanted, type PlantedApp } from './planted-app.js';

const PUBLIC = `/things/${KNOWN}`;

describe('A response that shared caches may store', () => {
  let shop: PlantedApp;
  before(async () => {
    const counter = processCounter();
    const counters = { secret: createSecretKey(randomBytes(32)), general: counter, tight: counter };
    shop = await startPlanted({ counters });
  });
  after(() => shop.server.close());

  const named = (id: string, headers: Readonly<Record<string, string>> = {}) => ({
    headers: { 'X-Request-Id': id, ...headers },
  });

  it('A response that shared caches may store holds neither the id that a client has given its request nor what is left of its limits', async () => {
    const answers = [
      await shop.client.get(PUBLIC, named('mine')),
      await shop.client.head(PUBLIC, named('mine')),
      await shop.client.get(PUBLIC, named('mine', { 'If-None-Match': '"3"' })), // its headers replace the stored ones
    ];
    expect(answers.map(({ status }) => status)).to.deep.equal([200, 200, 304]);
    for (const { headers } of answers) {
      expect(headers).to.include({
        'cache-control': 'public, max-age=60, s-maxage=600',
        etag: '"3"',
        vary: 'Origin, Authorization',
      });
      expect(headers).not.to.have.any.keys('x-request-id', 'ratelimit', 'ratelimit-policy');
    }
  });

  it('A response that shared caches may store is logged under the id that the client has given nevertheless', async () => {
    await shop.client.get(PUBLIC, named('found-again'));
    const line = await eventually(
      () => shop.log.find(({ requestId }) => requestId === 'found-again'),
      'the line',
    );
    expect(line).to.include({ path: PUBLIC, status: 200 });
  });

  it('A response that shared caches may store holds the id that the shop itself has given the request', async () => {
    for (const options of [{}, named('not a sane id')])
      expect((await shop.client.get(PUBLIC, options)).headers['x-request-id']).to.equal(newId());
  });

  it('A response that shared caches may store is for its caller alone when the request has said who that is', async () => {
    const { headers } = await shop.client.get(PUBLIC, named('mine', { Authorization: 'Bearer user' }));
    expect(headers).to.include({
      'cache-control': 'private, max-age=60',
      'x-request-id': 'mine',
      vary: 'Origin, Authorization',
    });
    expect(headers).to.include.keys('ratelimit', 'ratelimit-policy');
  });
});

describe('A response that no shared cache may store', () => {
  it('A response that no shared cache may store holds the id of its request and what is left of its limits, refusals of the same path included', async () => {
    const counter = processCounter();
    const counters = { secret: createSecretKey(randomBytes(32)), general: counter, tight: counter };
    const shop = await startPlanted({ counters });
    for (const path of [
      '/things',
      `${PUBLIC}?x=1`,
      `${PUBLIC.slice(0, -1)}2`,
      '/nowhere',
      '/things/newest',
    ]) {
      const { headers } = await shop.client.get(path, { headers: { 'X-Request-Id': 'mine' } });
      expect(headers, path).to.include({ 'cache-control': 'no-store', 'x-request-id': 'mine' });
      expect(headers, path).to.include.keys('ratelimit', 'ratelimit-policy');
    }
    await shop.server.close();
  });
});
