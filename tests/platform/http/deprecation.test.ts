import { expect } from 'chai';
import { noContent } from '#src/platform/http/routes/reply.js';
import { route } from '#src/platform/http/routes/route.js';
import { startPlanted, type PlantedApp } from './planted-app.js';

describe('A deprecated call', () => {
  const old = route({
    method: 'get',
    path: '/old',
    operationId: 'getOld',
    tag: 'Things',
    access: 'user',
    summary: 'Get the old',
    deprecated: {
      since: '2026-03-01T00:00:00Z',
      sunset: '2027-03-01T00:00:00Z',
      instead: 'Use `GET /things`.',
    },
    replies: { 204: {} },
    query: () => undefined,
    reply: () => noContent(),
  });

  let shop: PlantedApp;
  before(async () => {
    shop = await startPlanted({ extra: [old] });
  });
  after(() => shop.server.close());

  const HEADERS = { deprecation: '@1772323200', sunset: 'Mon, 01 Mar 2027 00:00:00 GMT' };

  it('A deprecated call says so in each response, refusals included, and when it ends', async () => {
    const done = await shop.client.get('/old', { token: 'user' });
    expect(done.status).to.equal(204);
    expect(done.headers).to.include(HEADERS);
    const refused = await shop.client.get('/old');
    expect(refused.status).to.equal(401);
    expect(refused.headers).to.include(HEADERS);
    expect((await shop.client.get('/things')).headers).not.to.have.any.keys('deprecation', 'sunset');
  });

  it('A deprecated call says so in what a gateway refuses by itself', async () => {
    const gateway = await startPlanted({
      extra: [old],
      part: { forward: () => () => Promise.reject(new Error('nothing is passed on')) },
    });
    const { status, headers } = await gateway.client.get('/old');
    await gateway.server.close();
    expect(status).to.equal(401);
    expect(headers).to.include(HEADERS);
  });

  it('A deprecated call is marked in the OpenAPI document, with what to use instead', async () => {
    const { body } = await shop.client.get('/openapi.json');
    const { deprecated, description, responses } = body.paths['/old'].get;
    expect(deprecated).to.equal(true);
    expect(description).to.equal(
      'Deprecated since 2026-03-01, and removed on 2027-03-01 or later. Use `GET /things`.',
    );
    expect(responses[204].headers).to.include.keys('Deprecation', 'Sunset');
    expect(body.paths['/things'].get).not.to.have.property('deprecated');
  });
});
