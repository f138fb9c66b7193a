import { expect } from 'chai';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import {
  array,
  changes,
  object,
  parameters,
  string,
  text,
  timestamp,
  uuid,
} from '#src/platform/schema/schema.js';
import { parse } from 'yaml';
import { lintTable } from '#src/platform/http/routes/lint-table.js';
import { collectSchemas } from '#src/platform/http/openapi/schemas.js';
import { describeApi, type ApiInfo } from '#src/platform/http/openapi/openapi.js';
import { noContent } from '#src/platform/http/routes/reply.js';
import { route, type Route } from '#src/platform/http/routes/route.js';
import { pageOf, price, quantity } from '#src/platform/http/routes/schemas.js';
import { checkBody } from '#src/platform/http/routes/validation.js';
import { KNOWN, plantedRoutes, startPlanted, USD, type PlantedApp } from './planted-app.js';

const INFO: ApiInfo = {
  title: 'Planted',
  version: '1.0.0',
  description: 'Planted.',
  tags: { Things: 'Planted' },
};

// Tests walk through the document; what is not there fails them.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Loose = Record<string, any>;

const document = (rows: readonly Route[] = plantedRoutes().routes, info: Partial<ApiInfo> = {}): Loose =>
  describeApi(rows, { ...INFO, ...info });

/** The codes of an operation's problem, which may stand among the shared responses. */
const codesOf = (
  operation: Loose,
  status: number,
  components: Loose = document()['components'],
): readonly string[] => {
  const response = operation['responses'][status];
  const { content } =
    response.$ref === undefined
      ? response
      : components['responses'][String(response.$ref).split('/').at(-1) ?? ''];
  const { schema } = content['application/problem+json'];
  const names = ((schema.oneOf ?? [schema]) as readonly Loose[]).map(({ $ref }) =>
    String($ref).split('/').at(-1),
  );
  expect(Object.values(schema.discriminator?.mapping ?? {}), 'the mapping of codes').to.deep.equal(
    schema.oneOf?.map(({ $ref }: Loose) => $ref as unknown) ?? [],
  );
  return names.map((name) => components['schemas'][name ?? ''].allOf[1].properties.code.enum[0] as string);
};

/** The parameters of an operation, which may stand among the shared ones. */
const namesOf = (operation: Loose, components: Loose = document()['components']): readonly string[] =>
  (operation['parameters'] as readonly Loose[]).map(({ $ref, ...own }) => {
    const found = $ref === undefined ? own : components['parameters'][String($ref).split('/').at(-1) ?? ''];
    return `${String(found.in)} ${String(found.name)}`;
  });

describe('the OpenAPI document', () => {
  it('The OpenAPI document contains each route’s parameters, its body by reference, and who may call', () => {
    const { paths, components } = document();
    const rename = paths['/things/{id}'].patch;
    expect(rename.operationId).to.equal('renameThing');
    expect(rename.security).to.deep.equal([{ bearer: ['admin'] }, { apiKey: ['catalog:write'] }]);
    expect(rename['x-required-scope']).to.equal('catalog:write');
    expect(rename['x-required-role']).to.equal('admin');
    expect(rename.summary).to.equal('Planted (administrators)');
    expect(paths['/things'].post.security).to.deep.equal([{ bearer: [] }, { apiKey: ['catalog:write'] }]);
    expect(paths['/things'].post).not.to.have.property('x-required-role');
    const remove = paths['/things/{id}'].delete;
    expect(remove.security).to.deep.equal([{ bearer: ['admin'] }]);
    expect(remove).not.to.have.property('x-required-scope');
    expect(paths['/things'].get.security).to.deep.equal([]);
    expect(namesOf(rename, components)).to.deep.equal(['path id', 'header If-Match', 'header If-None-Match']);
    expect(rename.requestBody.required).to.equal(false);
    expect(paths['/things'].post.requestBody).to.deep.equal({
      required: true,
      content: {
        'application/json': {
          schema: { $ref: '#/components/schemas/ThingDraft' },
          example: { name: 'Lamp', price: 19.99 },
        },
      },
    });
    expect(components.schemas).to.include.keys('Thing', 'ThingPage', 'ThingDraft', 'Related', 'Problem');
  });

  it('The OpenAPI document lists every problem of a route, its own and those that follow from it', () => {
    const { paths, components } = document(undefined, {
      commandErrors: [{ kind: 'unavailable', code: 'outcome_unknown', message: 'Who knows.' }],
      commonErrors: [{ kind: 'unavailable', code: 'database_unavailable', message: 'Away.' }],
    });
    const { post, get } = paths['/things'];
    const codes = (operation: Loose, status: number) => codesOf(operation, status, components);
    expect(codes(post, 400)).to.include.members(['malformed_json', 'invalid_query']);
    expect(codes(post, 401)).to.deep.equal(['unauthenticated', 'invalid_token']);
    expect(codes(post, 409)).to.have.members(['name_taken', 'stale_write', 'request_in_progress']);
    expect(codes(paths['/things/{id}'].patch, 409), 'only a POST takes keys').to.deep.equal(['stale_write']);
    expect(codes(post, 503)).to.include.members(['database_unavailable', 'shutting_down', 'outcome_unknown']);
    expect(codes(get, 503)).to.include('database_unavailable').and.not.to.include('outcome_unknown');
    expect(post.responses)
      .to.include.keys('201', '413', '415', '422', '500')
      .and.not.to.have.any.keys('404', '412');
    expect(codes(get, 400)).to.include('invalid_cursor');
    expect(get.responses).not.to.have.any.keys('401', '403', '409', '413', '422');
    expect(codes(post, 403)).to.deep.equal(['insufficient_scope']);
    expect(codes(paths['/things/newest'].get, 403)).to.deep.equal(['user_required']);
    expect(codes(paths['/things/{id}'].patch, 403)).to.deep.equal(['insufficient_scope', 'forbidden']);
    expect(codes(paths['/things/{id}'].patch, 412)).to.deep.equal(['precondition_failed']);
  });

  it('The OpenAPI document has one schema for each code, with the members of the error catalogue', () => {
    const { paths, components } = document();
    const { NameTakenProblem, StaleWriteProblem } = components.schemas;
    expect(NameTakenProblem.allOf[1]).to.deep.equal({
      type: 'object',
      properties: {
        code: { type: 'string', description: 'Identifies the problem', enum: ['name_taken'] },
        name: { type: 'string', description: 'The name' },
      },
      required: ['code', 'name'],
    });
    expect(NameTakenProblem.examples[0]).to.include({ status: 409, code: 'name_taken', name: 'Lamp' });
    expect(StaleWriteProblem.allOf[1].required).to.deep.equal(['code']);
    const { schema } = paths['/things'].post.responses[409].content['application/problem+json'];
    expect(schema.discriminator.propertyName).to.equal('code');
    expect(schema.discriminator.mapping).to.include({ name_taken: '#/components/schemas/NameTakenProblem' });
  });

  it('The OpenAPI document contains once the responses that most operations share', () => {
    const { paths, components } = document();
    const operations = Object.values<Loose>(paths).flatMap((path) => Object.values<Loose>(path));
    const refs = operations.map(({ responses }) => responses[500].$ref as unknown);
    expect(new Set(refs)).to.deep.equal(new Set(['#/components/responses/InternalServerError']));
    expect(codesOf({ responses: { 500: components.responses.InternalServerError } }, 500)).to.deep.equal([
      'internal_error',
    ]);
  });

  it('The OpenAPI document describes conditional reads where a response carries a tag', () => {
    const { get } = document()['paths']['/things/{id}'];
    expect(get.responses['304'].headers).to.include.keys('ETag');
    expect(namesOf(get)).to.include('header If-None-Match');
  });

  it('The OpenAPI document refuses two different schemas of one name', () => {
    const schemas = collectSchemas();
    schemas.add(object('One', { a: text(1) }), 'input');
    schemas.add(object('One', { a: text(1) }), 'output');
    expect(() => schemas.add(object('One', { a: text(2) }), 'input')).to.throw('One');
  });

  it('The OpenAPI document has null, descriptions and pages around a named schema', () => {
    const schemas = collectSchemas();
    const inner = object('Inner', { a: text(1) });
    const json = schemas.add(
      pageOf('OuterPage', object('Outer', { inner: inner.nullable().description('D') })),
      'output',
    );
    expect(json).to.deep.equal({ $ref: '#/components/schemas/OuterPage' });
    expect(schemas.all()['Outer']?.['properties']).to.deep.equal({
      inner: { anyOf: [{ type: 'null' }, { $ref: '#/components/schemas/Inner', description: 'D' }] },
    });
  });
});

describe('the table of routes', () => {
  const row = (over: Partial<Route>): Route => ({
    ...route({
      method: 'get',
      path: '/a',
      operationId: 'a',
      tag: 'Things',
      access: 'anyone',
      summary: 'Planted',
      replies: { 204: {} },
      query: () => undefined,
      reply: () => noContent(),
    }),
    ...over,
  });

  it('The route table is refused when it is contradictory', () => {
    expect(() => {
      lintTable([row({}), row({ path: '/b' })]);
    }).to.throw('operationId');
    expect(() => {
      lintTable([
        row({ path: '/a/:x', params: parameters({ x: string() }) }),
        row({ path: '/a/:y', operationId: 'b', params: parameters({ y: string() }) }),
      ]);
    }).to.throw('/a/:');
    expect(() => {
      lintTable([row({ path: '/a/:id' })]);
    }).to.throw('params');
    expect(() => {
      lintTable([row({ path: '/:id', params: parameters({ id: string() }) })]);
    }).to.throw('begin with a name');
    expect(() => {
      lintTable([row({ body: parameters({}) })]);
    }).to.throw('body');
    expect(() => {
      lintTable([row({ replies: {} })]);
    }).to.throw('reply');
    expect(() => {
      lintTable([row({ kind: 'command', access: 'admin' })]);
    }).to.throw('audit log');
    lintTable([row({}), row({ method: 'delete', operationId: 'b' })]);
    lintTable([row({ kind: 'command', access: 'admin', audit: 'recorded' })]);
  });
});

describe('Joi and the JSON Schema made of it', () => {
  const schema = changes('Sample', {
    id: uuid(),
    name: text(5),
    note: text(5, { blank: true }),
    secret: text(8, { min: 3, verbatim: true }),
    price: price(USD),
    quantity: quantity(),
    at: timestamp(),
    related: array(object('SampleRelated', { id: uuid() }), { max: 2 }),
  });

  const samples: Readonly<Record<string, unknown>> = {
    nothing: {},
    everything: {
      id: KNOWN,
      name: 'a',
      note: '',
      secret: ' a ',
      price: 19.99,
      quantity: 1,
      at: '2026-01-31T12:00:00.000Z',
      related: [],
    },
    'an unknown field': { role: 'admin' },
    'a list': [],
    null: null,
    'an id that is none': { id: 'x' },
    'an id in upper case': { id: KNOWN.toUpperCase() },
    'an empty name': { name: '' },
    'a blank name': { name: '   ' },
    'an invisible name': { name: '\u200b' },
    'a name of five emoji': { name: '😀😀😀😀😀' },
    'a name of six emoji': { name: '😀😀😀😀😀😀' },
    'a name that is a number': { name: 5 },
    'a note too long': { note: 'abcdef' },
    'a short secret': { secret: 'ab' },
    'a long secret': { secret: 'abcdefghi' },
    'price with too many decimals': { price: 1.005 },
    'price below zero': { price: -1 },
    'price as text': { price: '1' },
    'a huge price': { price: 1e15 },
    'quantity 0': { quantity: 0 },
    'quantity 1000': { quantity: 1000 },
    'quantity 1.5': { quantity: 1.5 },
    'quantity null': { quantity: null },
    'a time that is none': { at: 'yesterday' },
    'a flawed list': { related: [{ id: 'x' }] },
    'a list of too many': { related: [{ id: KNOWN }, { id: KNOWN }, { id: KNOWN }] },
    'an item without its id': { related: [{}] },
  };

  const accepts = (check: () => unknown): boolean => {
    try {
      check();
      return true;
    } catch {
      return false;
    }
  };

  it('Joi and the JSON Schema made of it agree on what is acceptable', () => {
    const schemas = collectSchemas();
    const root = schemas.add(schema, 'input');
    // 19.99 / 0.01 is not whole in binary fractions.
    const ajv = new Ajv2020({ strict: false, multipleOfPrecision: 6 });
    addFormats.default(ajv);
    ajv.addSchema({ components: { schemas: schemas.all() } }, 'document');
    const validate = ajv.compile({ $ref: `document${String(root['$ref'])}` });
    const verdicts = new Set<boolean>();
    for (const [name, sample] of Object.entries(samples)) {
      const verdict = accepts(() => checkBody(schema, sample));
      verdicts.add(verdict);
      expect(validate(sample), name).to.equal(verdict);
    }
    expect(verdicts).to.have.keys([true, false]);
  });
});

describe('the documentation', () => {
  let shop: PlantedApp;
  before(async () => {
    shop = await startPlanted();
  });
  after(() => shop.server.close());

  it('The documentation is the same document in JSON and YAML', async () => {
    const json = await shop.client.get('/openapi.json');
    const yaml = await shop.client.get('/openapi.yaml');
    expect(json.body.paths).to.include.keys('/things', '/livez', '/docs');
    expect(parse(yaml.body as string)).to.deep.equal(json.body);
  });

  for (const path of ['/docs', '/'])
    it(`The documentation is linked and shown by pages that load nothing of another host and run only their own code: ${path}`, async () => {
      const { headers, body } = await shop.client.get(path, { headers: { Accept: 'text/html,*/*;q=0.8' } });
      const page = body as string;
      const policy = headers['content-security-policy'] ?? '';
      expect(policy)
        .to.match(/^default-src 'none'; script-src 'self'/)
        .and.not.to.contain('unsafe');
      const links = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link = '']) => link);
      expect(links.length).to.be.greaterThan(4);
      for (const link of links) {
        const { pathname, host } = new URL(link, `${shop.server.url}${path}`);
        expect(host).to.equal(new URL(shop.server.url).host);
        if (!pathname.startsWith('/docs/assets/')) continue;
        const asset = await shop.client.get(pathname);
        expect(asset.status, link).to.equal(200);
        expect(asset.headers['content-type']).to.match(
          /^(?:text\/(?:css|javascript)|image\/svg\+xml); charset=utf-8$/,
        );
      }
      expect(page).not.to.match(/ style="| on\w+="/);
    });

  it('The documentation is linked as JSON for a client that does not prefer a page, by paths that exist', async () => {
    for (const accept of [undefined, '*/*', 'application/json', 'text/html;q=0.5, application/json']) {
      const { status, headers, body } = await shop.client.get('/', {
        headers: accept === undefined ? {} : { Accept: accept },
      });
      expect([status, headers['content-type']]).to.deep.equal([200, 'application/json; charset=utf-8']);
      expect(headers['vary'])
        .to.match(/\bAccept\b/)
        .and.to.contain('Origin');
      expect(body.name).to.equal('Portico');
      for (const path of [body.links.documentation, body.links.openapi, body.links.openapiYaml])
        expect((await shop.client.get(path as string)).status, path as string).to.equal(200);
    }
  });

  it('The documentation is sent again only if it has changed', async () => {
    for (const path of ['/openapi.json', '/openapi.yaml', '/docs', '/docs/assets/swagger-ui-bundle.js']) {
      const { headers } = await shop.client.get(path);
      const etag = headers['etag'] ?? '';
      expect(etag, path).to.match(/^"[0-9a-f]{32}"$/);
      const again = await shop.client.get(path, { headers: { 'If-None-Match': etag } });
      expect([again.status, again.body, again.headers['etag']], path).to.deep.equal([304, undefined, etag]);
      expect((await shop.client.get(path, { headers: { 'If-None-Match': '"0"' } })).status, path).to.equal(
        200,
      );
    }
  });

  it('The documentation has no other files', async () => {
    for (const file of ['package.json', '..%2Fpackage.json', 'toString']) {
      expect((await shop.client.get(`/docs/assets/${file}`)).status, file).to.equal(404);
    }
  });
});
