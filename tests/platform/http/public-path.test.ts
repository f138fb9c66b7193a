import { expect } from 'chai';
import { KNOWN, startPlanted, type PlantedApp } from './planted-app.js';

/** What stands between clients and the shop: it takes the prefix away. */
const PREFIX = '/api';

describe('A shop under a path of a proxy', () => {
  let shop: PlantedApp;
  before(async () => {
    shop = await startPlanted({ config: { publicUrl: `https://shop.example${PREFIX}/` } });
  });
  after(() => shop.server.close());

  it('A shop under a path of a proxy names new resources and further pages by the paths that clients can follow', async () => {
    for (const name of ['Desk', 'Chair']) {
      const { headers, body } = await shop.client.post('/things', {
        token: 'admin',
        json: { name, price: 1 },
      });
      expect(headers['location']).to.equal(`${PREFIX}/things/${String(body.id)}`);
    }
    const { headers, body } = await shop.client.get('/things?limit=1&sort=name');
    expect(headers['link']).to.equal(
      `<${PREFIX}/things?limit=1&sort=name&after=${String(body.nextCursor)}>; rel="next"`,
    );
    const next = (headers['link'] ?? '').slice(1 + PREFIX.length).split('>')[0] ?? '';
    expect((await shop.client.get(next)).status).to.equal(200);
  });

  it('A shop under a path of a proxy names the same path in a replay', async () => {
    const repeated = {
      token: 'user',
      json: { name: 'Shelf', price: 1 },
      headers: { 'Idempotency-Key': 'a-shelf' },
    };
    const first = await shop.client.post('/things', repeated);
    const again = await shop.client.post('/things', repeated);
    expect(again.headers['idempotent-replayed']).to.equal('true');
    expect(again.headers['location']).to.equal(first.headers['location']);
    expect(first.headers['location']).to.match(/^\/api\/things\/[\da-f-]{36}$/);
  });

  it('A shop under a path of a proxy names it in problems and in its OpenAPI document', async () => {
    expect((await shop.client.get('/nowhere')).body.instance).to.equal(`${PREFIX}/nowhere`);
    expect((await shop.client.get('/openapi.json')).body.servers).to.deep.equal([
      { url: `https://shop.example${PREFIX}`, description: 'The shop' },
      { url: PREFIX, description: 'The server that this document was read from' },
    ]);
    expect((await shop.client.get(`/things/${KNOWN}`)).headers).not.to.have.property('location');
  });
});
