import { expect } from 'chai';
import { eventually } from '../../support/eventually.js';
import { newId, startPlanted, type PlantedApp } from './planted-app.js';

const TRUSTED = 'https://shop.example';

describe('cross-origin requests', () => {
  let shop: PlantedApp;
  before(async () => {
    shop = await startPlanted({ config: { corsOrigins: [TRUSTED, 'null', '*'] } });
  });
  after(() => shop.server.close());

  const from = (origin: string, path = '/things') => shop.client.get(path, { headers: { Origin: origin } });

  it('Cross-origin requests are allowed to the listed origins, errors included, with the headers that scripts need', async () => {
    for (const path of ['/things', '/nowhere', '/things/newest', '/things?limit=x']) {
      const { headers } = await from(TRUSTED, path);
      expect(headers['access-control-allow-origin'], path).to.equal(TRUSTED);
      expect(headers['vary']).to.equal('Origin');
      const exposed = (headers['access-control-expose-headers'] ?? '').split(',');
      expect(exposed).to.include.members(['ETag', 'Link', 'Location', 'Retry-After', 'X-Request-Id']);
      expect(headers).not.to.have.property('access-control-allow-credentials');
    }
  });

  it('Cross-origin requests are allowed to no other origin, neither null nor a lookalike', async () => {
    for (const origin of [
      'null',
      '*',
      'https://shop.example.evil',
      'http://shop.example',
      'https://SHOP.example',
    ]) {
      const { headers } = await from(origin);
      expect(headers, origin).not.to.have.property('access-control-allow-origin');
      expect(headers['vary']).to.equal('Origin');
    }
  });

  it('Cross-origin requests are logged where a browser hides the response from its page', async () => {
    const refusedOf = async (origin: string, requestId: string): Promise<unknown> => {
      await shop.client.get('/things', { headers: { Origin: origin, 'X-Request-Id': requestId } });
      const line = await eventually(
        () => shop.log.find((each) => each['requestId'] === requestId),
        'the line',
      );
      return line['refusedOrigin'];
    };
    expect(await refusedOf('https://elsewhere.example', 'foreign')).to.equal('https://elsewhere.example');
    expect(await refusedOf(`https://${'x'.repeat(1000)}`, 'long')).to.have.length(270);
    expect(await refusedOf(TRUSTED, 'trusted')).to.equal(undefined);
    expect(await refusedOf(shop.server.url, 'own')).to.equal(undefined);
  });

  it('Cross-origin requests are allowed by preflights', async () => {
    const preflight = (origin: string) =>
      shop.client.options('/things', {
        headers: {
          Origin: origin,
          'Access-Control-Request-Method': 'PATCH',
          'Access-Control-Request-Headers': 'if-match',
        },
      });
    const { status, headers } = await preflight(TRUSTED);
    expect(status).to.equal(204);
    expect(headers['access-control-allow-origin']).to.equal(TRUSTED);
    expect(headers['access-control-allow-methods']).to.contain('PATCH');
    expect(headers['access-control-allow-headers']).to.contain('If-Match').and.to.contain('Authorization');
    expect((await preflight('https://evil.example')).headers).not.to.have.property(
      'access-control-allow-origin',
    );
  });
});

describe('request ids and logs', () => {
  let shop: PlantedApp;
  before(async () => {
    shop = await startPlanted();
  });
  after(() => shop.server.close());

  it('A request’s id is the caller’s if it is harmless, and a new one otherwise', async () => {
    const named = await shop.client.get('/nowhere', { headers: { 'X-Request-Id': 'trace-1.2:3' } });
    expect(named.headers['x-request-id']).to.equal('trace-1.2:3');
    expect(named.body.requestId).to.equal('trace-1.2:3');
    for (const id of ['', 'a b', '"', '<script>', 'x'.repeat(129), 'é']) {
      const { headers } = await shop.client.get('/livez', { headers: { 'X-Request-Id': id } });
      expect(headers['x-request-id'], id).to.equal(newId());
    }
  });

  it('The log of requests contains who did what and how it went, and no secret', async () => {
    await shop.client.post('/things?q=hunter2', {
      token: 'user',
      json: { name: 'hunter2', price: 1 },
      headers: { Cookie: 'hunter2', 'X-Request-Id': 'the-one' },
    });
    const line = shop.log.find(({ requestId, msg }) => requestId === 'the-one' && msg === 'request');
    expect(line).to.include({ method: 'POST', path: '/things', route: '/things', status: 400 });
    expect(line?.['durationMs']).to.be.a('number');
    expect(line?.['user']).to.be.a('string');
    expect(JSON.stringify(shop.log)).not.to.match(/hunter2|Bearer/);
  });

  it('The log of requests contains no probes at the ordinary level', async () => {
    await shop.client.get('/livez', { headers: { 'X-Request-Id': 'probe' } });
    expect(shop.log.find(({ requestId }) => requestId === 'probe')?.['level']).to.equal(20);
  });
});
