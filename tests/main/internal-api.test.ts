import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BACKEND_NAMES, type BackendName } from '#src/main/services.js';
import type { OpenApiDocument } from '#src/platform/http/openapi/document.js';
import { CALLER } from '#src/platform/http/services/called-by-gateway.js';
import { documentedAnswers } from '../support/documented-answers.js';
import { eventually } from '../support/eventually.js';
import { client, type HttpClient } from '../support/http-client.js';
import { openApiFaults } from '../support/openapi-schema.js';
import { testServices, type TestServices } from '../support/test-services.js';

const read = (name: string) => JSON.parse(readFileSync(`docs/${name}`, 'utf8')) as OpenApiDocument;
const documented = read('internal-openapi.json');
const published = read('openapi.json');

describe('The document of the calls between services', function () {
  this.timeout(60_000);
  /** The operations that were called, as `service operation`. */
  const called = new Set<string>();
  const undocumented: string[] = [];
  const links: Server[] = [];
  let shop: TestServices;
  let http: HttpClient;
  let admin: { readonly token: string };

  /** Passes everything on, and compares each response to an operation with the document. */
  const watched = async (name: BackendName, url: string): Promise<string> => {
    const assertDocumented = documentedAnswers(documented);
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method = 'GET', url: path = '/' } = request;
        const {
          host: _host,
          connection: _connection,
          'content-length': _length,
          ...headers
        } = request.headers;
        const body = method === 'GET' || method === 'HEAD' ? {} : { body: Buffer.concat(chunks) };
        void fetch(`${url}${path}`, {
          method,
          headers: headers as Record<string, string>,
          ...body,
          redirect: 'manual',
        })
          .then(async (answer) => {
            const text = await answer.text();
            const received = Object.fromEntries(answer.headers);
            if (path.startsWith('/internal/')) {
              called.add(`${name} ${path.slice('/internal/'.length)}`);
              try {
                assertDocumented(method, path, {
                  status: answer.status,
                  headers: received,
                  body: text === '' ? undefined : (JSON.parse(text) as unknown),
                });
              } catch (error) {
                undocumented.push(`${name}: ${String(error)}`);
              }
            }
            const {
              'transfer-encoding': _chunked,
              'content-encoding': _encoding,
              'content-length': _size,
              ...rest
            } = received;
            response.writeHead(answer.status, rest).end(text);
          })
          .catch(() => response.destroy());
      });
    });
    links.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  };

  before(async () => {
    shop = await testServices({ reachedAt: watched });
    http = client(shop.url, shop.http.openApi);
    const { body } = await http.post('/auth/login', { json: shop.administrator });
    admin = { token: body.accessToken as string };
  });
  after(async () => {
    await shop.close();
    for (const link of links) link.close();
  });

  /** Calls an operation of a service as another one would, or without the token of one. */
  const call = async (service: BackendName, operation: string, json: object, { trusted = true } = {}) => {
    const caller = shop.services.gateway.parts.neighbours?.tokens.issue(service, {
      actor: null,
      address: '',
    });
    const headers = trusted && caller !== undefined ? { [CALLER]: caller } : {};
    return client(shop.urls[service], documented).post(`/internal/${operation}`, { headers, json });
  };

  it('The document of the calls between services is valid OpenAPI 3.1, like that of the shop', () => {
    expect(openApiFaults(documented)).to.deep.equal([]);
    expect(openApiFaults(published)).to.deep.equal([]);
  });

  it('The document of the calls between services would not be valid with a fault in it', () => {
    // The document is read-only by its type; the copy is broken on purpose.
    const broken = structuredClone(documented) as unknown as {
      paths: Record<string, { post: Record<string, unknown> }>;
    };
    const operation = broken.paths['/internal/check'];
    if (operation === undefined) throw new Error('there is no check');
    operation.post['security'] = [{ bearer: [] }];
    operation.post['tags'] = ['nobody'];
    operation.post['sumary'] = 'misspelt';
    operation.post['responses'] = { 200: { $ref: '#/components/responses/None' } };
    const faults = openApiFaults(broken as unknown as OpenApiDocument).join('\n');
    for (const part of [
      'additional properties',
      'scheme bearer',
      'no tag nobody',
      'responses/None leads nowhere',
    ])
      expect(faults).to.contain(part);
  });

  it('The document of the calls between services has what the services serve, each with the token of a service', () => {
    const operations = Object.entries(documented.paths).map(([path, { post }]) => ({ path, post }));
    for (const { path, post } of operations) {
      expect(post?.['security'], path).to.deep.equal([{ service: [] }]);
      expect(Object.keys(post?.responses ?? {}), path).to.include('403');
    }
    for (const name of BACKEND_NAMES) {
      const served = shop.services[name].parts.http.table.map(({ path }) => path);
      expect(
        operations.filter(({ post }) => (post?.['tags'] as string[]).includes(name)).map(({ path }) => path),
        name,
      ).to.have.members(served.filter((path) => path.startsWith('/internal/')));
    }
  });

  it('The document of the calls between services is the only one that has them', () => {
    expect(Object.keys(published.paths).filter((path) => path.startsWith('/internal'))).to.deep.equal([]);
    expect(Object.keys(shop.http.openApi.paths)).to.have.members(Object.keys(published.paths));
    expect(JSON.stringify(published)).not.to.contain(CALLER);
  });

  it('The document of the calls between services describes every response to them, in all that a shop does', async () => {
    const signUp = async (name: string) => {
      const json = { name, email: `${name}@customers.test`, password: 'a long enough password' };
      const { body } = await http.post('/auth/signup', { json });
      return { id: body.user.id as string, token: body.accessToken as string };
    };
    const product = { name: 'Teapot', description: '', price: 10, quantity: 5 };
    const { body: teapot } = await http.post('/products', { ...admin, json: product });
    const [ada, bea] = [await signUp('ada'), await signUp('bea')];
    await http.patch('/customers/me', { token: ada.token, json: { name: 'Ada L' } });
    const address = { line1: '1 High Street', city: 'London', postalCode: 'N1', country: 'GB' };
    await http.post('/customers/me/addresses', { token: ada.token, json: address });
    for (const { token } of [ada, bea]) {
      await http.post('/cart', { token, json: { productId: teapot.id as string, quantity: 2 } });
      expect((await http.post('/orders', { token, json: {} })).status).to.equal(201);
      await http.post('/cart', { token, json: { productId: teapot.id as string, quantity: 4 } });
      expect((await http.post('/orders', { token, json: {} })).status).to.equal(409);
    }
    expect((await http.get('/customers/me/export', { token: ada.token })).status).to.equal(200);
    const created = { name: 'Carl', email: 'carl@customers.test' };
    expect((await http.post('/customers', { ...admin, json: created })).status).to.equal(201);
    expect((await http.post('/customers', { ...admin, json: created })).status).to.equal(409);
    expect((await http.delete(`/customers/${bea.id}`, admin)).status).to.equal(204);
    expect((await http.get(`/customers/${bea.id}`, admin)).status).to.equal(404);
    expect((await http.get('/orders?email=ada@customers.test', admin)).body.items).to.have.length(1);
    await fetch(`${shop.url}/readyz`);
    await call('product', 'releaseReservation', { orderId: ada.id });
    const operations = Object.keys(documented.paths).map((path) => path.slice('/internal/'.length));
    const seen = () => new Set([...called].map((each) => each.split(' ')[1]));
    await eventually(() => operations.every((name) => seen().has(name)), 'each operation', 20_000).catch(
      () => {
        expect.fail(`never called: ${operations.filter((name) => !seen().has(name)).join(', ')}`);
      },
    );
    expect(undocumented).to.deep.equal([]);
  });

  for (const name of BACKEND_NAMES)
    it(`The document of the calls between services describes the refusals of the ${name} service`, async () => {
      const event = {
        ...{ id: '0190a2b4-5c6d-7e8f-9a0b-1c2d3e4f5a6b', sequence: 0, type: 'parcel.lost', version: 1 },
        ...{
          aggregateId: '0190a2b4-5c6d-7e8f-9a0b-1c2d3e4f5a6b',
          occurredAt: '2026-01-01T00:00:00.000Z',
          data: {},
        },
      };
      const answers = [
        await call(name, 'check', {}, { trusted: false }),
        await call(name, 'check', { unknown: true }),
        await call(name, 'receiveEvent', event),
      ];
      expect(answers.map(({ status, body }) => `${String(status)} ${String(body.code)}`)).to.deep.equal([
        '403 services_only',
        '422 invalid_body',
        '422 event_type_unknown',
      ]);
    });
});
