import { expect } from 'chai';
import { anyObject, parameters, string } from '#src/platform/schema/schema.js';
import { DomainError, type ErrorKind } from '#src/kernel/errors.js';
import { ok } from '#src/platform/http/routes/reply.js';
import { route } from '#src/platform/http/routes/route.js';
import { eventually } from '../../support/eventually.js';
import { KNOWN, newId, startPlanted, type PlantedApp } from './planted-app.js';

const KINDS: Readonly<Record<ErrorKind, number>> = {
  malformed: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  stale: 409,
  precondition_failed: 412,
  invalid: 422,
  limited: 429,
  unavailable: 503,
};

const QUOTA_EXCEEDED = 'https://iana.org/assignments/http-problem-types#quota-exceeded';

const kinds = Object.keys(KINDS) as ErrorKind[];

class DriverError extends Error {
  override readonly name = 'DriverError';
}

/** A refusal made by another copy of the package, as an adapter of another project may bring it. */
const foreign = (): Error =>
  Object.assign(new Error('Planted.'), {
    name: 'DomainError',
    kind: 'conflict',
    code: 'planted_conflict',
    details: { left: 3 },
  });

const failing = route({
  method: 'get',
  path: '/failures/:how',
  operationId: 'fail',
  tag: 'Things',
  access: 'anyone',
  summary: 'Planted',
  params: parameters({ how: string() }),
  replies: { 200: { body: anyObject() } },
  errors: kinds.map((kind) => ({
    kind,
    code: `planted_${kind}`,
    message: 'Planted.',
    members: { left: { type: 'integer', description: 'Planted' } },
  })),
  query: ({ params: { how } }) => {
    if (how === 'bug') throw new TypeError('SELECT secret FROM users');
    if (how === 'outage') throw new DriverError('connection refused');
    if (how === 'foreign') throw foreign();
    if (how === 'nothing') throw undefined as unknown as Error;
    throw new DomainError(how as ErrorKind, `planted_${how}`, 'Planted.', {
      left: 3,
      status: 200,
      code: 'mine',
    });
  },
  reply: () => ok({}),
});

describe('problems', () => {
  let shop: PlantedApp;
  before(async () => {
    shop = await startPlanted({
      extra: [failing],
      asRefusal: (error) =>
        error instanceof DriverError
          ? new DomainError('unavailable', 'planted_unavailable', 'Planted.', { left: 3 })
          : null,
    });
  });
  after(() => shop.server.close());

  it('Problems recognise a refusal that another copy of the package has made', async () => {
    const { status, body } = await shop.client.get('/failures/foreign');
    expect(status).to.equal(409);
    expect(body).to.include({ code: 'planted_conflict', left: 3 });
  });

  it('Problems turn each kind of refusal into its status, with its details, which replace nothing', async () => {
    for (const kind of kinds) {
      const { status, headers, body } = await shop.client.get(`/failures/${kind}`);
      expect(status, kind).to.equal(KINDS[kind]);
      expect(headers['content-type']).to.equal('application/problem+json');
      expect(headers['cache-control']).to.equal('no-store');
      expect(body).to.include({
        type: kind === 'limited' ? QUOTA_EXCEEDED : 'about:blank',
        status: KINDS[kind],
        code: `planted_${kind}`,
        detail: 'Planted.',
        instance: `/failures/${kind}`,
        requestId: newId(),
        left: 3,
      });
    }
  });

  it('Problems show nothing of a bug to the caller and all of it in the log', async () => {
    for (const how of ['bug', 'nothing']) {
      const { status, body } = await shop.client.get(`/failures/${how}`);
      expect(status).to.equal(500);
      expect(body.code).to.equal('internal_error');
      expect(JSON.stringify(body)).not.to.match(/SELECT|TypeError|\.ts/);
    }
    const logged = shop.log.find(
      ({ msg, level }) => msg === 'An unexpected error occurred in the shop.' && level === 50,
    );
    expect(logged?.['err']).to.include({ message: 'SELECT secret FROM users' }).and.to.have.property('stack');
    expect(logged?.['requestId']).to.equal(newId());
  });

  it('Problems distinguish an outage from a bug: 503, and when to retry', async () => {
    const { status, headers } = await shop.client.get('/failures/outage');
    expect(status).to.equal(503);
    expect(headers['retry-after']).to.match(/^\d+$/);
  });

  it('Problems leave one line in the log with their code, and the cause of an outage in another', async () => {
    const linesOf = async (path: string, requestId: string) => {
      await shop.client.get(path, { headers: { 'X-Request-Id': requestId } });
      const lines = () => shop.log.filter((line) => line['requestId'] === requestId);
      await eventually(() => lines().some(({ msg }) => msg === 'request'), 'the line of the request');
      return lines().map(({ msg, code, err }) => [msg, code, err !== undefined]);
    };
    expect(await linesOf('/failures/conflict', 'refused')).to.deep.equal([
      ['request', 'planted_conflict', false],
    ]);
    expect(await linesOf('/failures/unavailable', 'too-busy')).to.deep.equal([
      ['request', 'planted_unavailable', false],
    ]);
    expect(await linesOf('/failures/outage', 'away')).to.deep.equal([
      ['Planted.', undefined, true],
      ['request', 'planted_unavailable', false],
    ]);
    expect(await linesOf(`/things/${KNOWN}`, 'good')).to.deep.equal([['request', undefined, false]]);
  });

  it('Problems are 404 for an unknown path and 405 with Allow for an unknown method', async () => {
    expect((await shop.client.get('/nowhere')).body.code).to.equal('not_found');
    const { status, headers, body } = await shop.client.put('/things', { json: {} });
    expect(status).to.equal(405);
    expect(headers['allow']).to.equal('GET, HEAD, OPTIONS, POST');
    expect(body.code).to.equal('method_not_allowed');
  });

  it('Problems name in Allow the methods of the most specific path alone', async () => {
    for (const method of ['patch', 'delete'] as const) {
      const { status, headers } = await shop.client[method]('/things/newest', { token: 'admin' });
      expect(status, method).to.equal(405);
      expect(headers['allow'], method).to.equal('GET, HEAD, OPTIONS');
    }
    expect((await shop.client.options('/things/newest')).headers['allow']).to.equal('GET, HEAD, OPTIONS');
  });

  it('Problems leave HEAD its headers and OPTIONS its Allow', async () => {
    const head = await shop.client.head(`/things/${KNOWN}`);
    expect(head.status).to.equal(200);
    expect(head.headers['etag']).to.equal('"3"');
    expect(Number(head.headers['content-length'])).to.be.greaterThan(0);
    const options = await shop.client.options(`/things/${KNOWN}`);
    expect(options.status).to.equal(204);
    expect(options.headers['allow']).to.equal('DELETE, GET, HEAD, OPTIONS, PATCH');
  });
});

describe('access', () => {
  let shop: PlantedApp;
  before(async () => {
    shop = await startPlanted();
  });
  after(() => shop.server.close());

  it('Access control requires a token where one is needed, and names what is wrong with it', async () => {
    for (const [authorization, challenge] of [
      [undefined, 'Bearer'],
      ['Basic dXNlcjpwYXNz', 'Bearer'],
      ['Bearer', 'Bearer'],
      ['Bearer unknown', 'Bearer error="invalid_token"'],
      ['Bearer a b', 'Bearer error="invalid_token"'],
    ] as const) {
      const { status, headers } = await shop.client.get('/things/newest', {
        headers: authorization === undefined ? {} : { Authorization: authorization },
      });
      expect(status, authorization).to.equal(401);
      expect(headers['www-authenticate']).to.equal(challenge);
    }
    const scheme = await shop.client.get('/things/newest', { headers: { Authorization: 'bearer user' } });
    expect(scheme.status, 'the scheme has no case').to.equal(200);
  });

  it('Access control reserves administrators’ calls for them', async () => {
    expect((await shop.client.delete(`/things/${KNOWN}`)).status).to.equal(401);
    expect((await shop.client.delete(`/things/${KNOWN}`, { token: 'user' })).status).to.equal(403);
    expect(shop.things.has(KNOWN)).to.equal(true);
    expect((await shop.client.delete(`/things/${KNOWN}`, { token: 'admin' })).status).to.equal(204);
  });

  it('Access control names the customer’s own path, if there is one', async () => {
    const detailOf = async (method: 'patch' | 'delete') =>
      (await shop.client[method](`/things/${KNOWN}`, { token: 'user' })).body.detail as unknown;
    expect(await detailOf('patch')).to.equal(
      'This call is for administrators only. Your own data is at /things/newest.',
    );
    expect(await detailOf('delete')).to.equal('This call is for administrators only.');
  });

  it('Access control lets administrators do what users may, and ignores tokens where anyone may call', async () => {
    expect(
      (await shop.client.post('/things', { token: 'admin', json: { name: 'Desk', price: 1 } })).status,
    ).to.equal(201);
    expect((await shop.client.get('/things', { token: 'expired' })).status).to.equal(200);
  });

  it('Access control precedes the reading of the body', async () => {
    expect((await shop.client.post('/things', { raw: '{' })).status).to.equal(401);
    expect((await shop.client.patch('/things/x', { token: 'user', raw: '{' })).status).to.equal(403);
  });
});
