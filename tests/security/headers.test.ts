import { expect } from 'chai';
import type { Received } from '../support/http-client.js';
import { operationsOf, stock, type Operation } from '../support/operations.js';
import { forEachShape, type ShopUnderTest } from '../support/test-shop.js';

const TRUSTED = 'https://shop.example';
const STRANGERS = [
  ...['null', '*', 'https://evil.example', 'https://shop.example.evil.example', 'https://evilshop.example'],
  ...['http://shop.example', 'https://shop.example:8443', 'https://SHOP.example', 'https://shop.example/'],
  ...[
    'https://shop.example@evil.example',
    'https://shop.example, https://evil.example',
    'https://xn--shp-xxa.example',
  ],
];

const CATALOGUE =
  /^(?:public, max-age=0, must-revalidate, s-maxage=\d+|private, max-age=0, must-revalidate)$/;

/** The caching of a response, where it may be cached at all: by hand. Everything else is `no-store`. */
const CACHED: Readonly<Record<string, RegExp>> = {
  ...{ listProducts: CATALOGUE, getProduct: CATALOGUE },
  ...{ listCategories: CATALOGUE, getCategory: CATALOGUE },
  ...{ getPublicKeys: /^public, max-age=\d+$/, getDocsAsset: /^public, max-age=\d+$/ },
  getDemoPicture: /^public, max-age=\d+$/,
  ...{
    getOpenApiJson: /^no-cache$/,
    getOpenApiYaml: /^no-cache$/,
    getDocs: /^no-cache$/,
    getHome: /^no-cache$/,
  },
};

/** The only page: its own scripts and styles and no others, and no site may frame it. */
const expectPagePolicy = (policy: string): void => {
  const directives = new Map(
    policy.split('; ').map((directive) => {
      const [name = '', ...sources] = directive.split(' ');
      return [name, sources] as const;
    }),
  );
  expect(directives.get('default-src')).to.deep.equal(["'none'"]);
  expect(directives.get('frame-ancestors')).to.deep.equal(["'none'"]);
  expect(directives.get('base-uri')).to.deep.equal(["'none'"]);
  expect(directives.get('form-action')).to.deep.equal(["'none'"]);
  const allowed = /^'(?:self|none|sha256-[A-Za-z0-9+/]{43}=)'$|^data:$/;
  for (const [name, sources] of directives)
    for (const source of sources) {
      expect(source, name).to.match(allowed);
      if (source === 'data:') expect(name).to.equal('img-src');
    }
};

describe('The headers of every response', () => {
  forEachShape((_shape, open) => {
    let shop: ShopUnderTest;
    let operations: readonly Operation[];
    before(async () => {
      const PUBLIC_URL = 'https://api.shop.example';
      shop = await open({ environment: { CORS_ORIGINS: TRUSTED, PUBLIC_URL } });
      operations = operationsOf(shop, await stock(shop));
    });
    after(() => shop.close());

    /** The list of docs/security.md. */
    const expectSafe = (
      { headers, body }: Received,
      where: string,
      { page = false, picture = false } = {},
    ): void => {
      expect(headers, where).to.include({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'x-frame-options': 'DENY',
        // A page of another origin shows a picture in <img>.
        'cross-origin-resource-policy': picture ? 'cross-origin' : 'same-origin',
        'strict-transport-security': 'max-age=31536000',
      });
      if (page) expectPagePolicy(headers['content-security-policy'] ?? '');
      else
        expect(headers['content-security-policy'], where).to.equal(
          "default-src 'none';frame-ancestors 'none'",
        );
      expect(headers['vary'], where).to.match(/(^|, )Origin(,|$)/);
      expect(headers['x-request-id'], where).to.match(/^[\w.:-]+$/);
      expect(headers, where).not.to.have.any.keys('x-powered-by', 'server', 'set-cookie');
      expect(headers, where).not.to.have.property('access-control-allow-credentials');
      if (body !== undefined)
        expect(headers['content-type'], where).to.match(/^application|; charset=utf-8$/);
    };

    /** Returns a success and the refusals of a call, for any caller and origin. */
    const answersOf = async ({ row, path, body, call }: Operation, origin: string) => {
      const headers = { Origin: origin };
      const json = row.body === undefined ? {} : { json: body };
      return {
        refused: await shop[row.method](path, { headers, ...json, token: 'x.y.z' }),
        unauthenticated: await shop[row.method](path, { headers, ...json }),
        'badly asked': await call({ headers, path: `${path}?colour=red`, ...json }),
        ...(row.params !== undefined && {
          'not found': await call({ headers, path: row.path.replace(/:\w+/, 'nothing'), ...json }),
        }),
        ...(row.body !== undefined && { 'badly written': await call({ headers, raw: '{' }) }),
        ...(row.method === 'get' && { read: await call({ headers }) }),
      };
    };

    it('The headers of every response are all there on success, on refusals, in preflights and where there is nothing', async () => {
      let tried = 0;
      for (const operation of operations) {
        const { row, path } = operation;
        const answers = Object.entries(await answersOf(operation, TRUSTED));
        const preflight = await shop.options(path, {
          headers: { Origin: TRUSTED, 'Access-Control-Request-Method': row.method.toUpperCase() },
        });
        for (const [name, answer] of [...answers, ['preflight', preflight] as const]) {
          tried += 1;
          const isShown = answer.status === 200;
          expectSafe(answer, `${row.operationId}, ${name}`, {
            page: isShown && row.operationId === 'getDocs',
            picture: isShown && row.operationId === 'getDemoPicture',
          });
        }
      }
      for (const path of ['/nowhere', '/products/%zz', '/docs/', '//'])
        expectSafe(await shop.get(path, { headers: { Origin: TRUSTED } }), path);
      expectSafe(await shop.put('/livez'), 'a method that is not there');
      expect(tried).to.be.greaterThan(240);
    });

    it('The headers of every response let caches store only what is the same for all callers', async () => {
      for (const operation of operations) {
        const { operationId } = operation.row;
        for (const [name, { status, headers }] of Object.entries(await answersOf(operation, TRUSTED))) {
          const kept = status === 200 ? CACHED[operationId] : undefined;
          const told = headers['cache-control'] ?? '';
          // It came with a token, although the route ignored it.
          if (name === 'refused') expect(told, operationId).not.to.contain('public');
          expect(
            kept?.test(told) === true ? told : told.replace('private', 'public'),
            `${operationId}, ${name}`,
          ).to.match(kept ?? /^no-store$/);
        }
      }
      for (const operation of operations.filter(({ row }) => row.method === 'post')) {
        const { headers } = await operation.call({ json: operation.body });
        expect(headers['cache-control'], operation.row.operationId).to.equal('no-store');
      }
    });

    it('The headers of every response open it to the listed origin, and name what scripts may read', async () => {
      for (const operation of operations) {
        for (const [name, { headers }] of Object.entries(await answersOf(operation, TRUSTED))) {
          const where = `${operation.row.operationId}, ${name}`;
          expect(headers['access-control-allow-origin'], where).to.equal(TRUSTED);
          expect((headers['access-control-expose-headers'] ?? '').split(','), where).to.have.members([
            ...['ETag', 'Link', 'Location', 'RateLimit', 'RateLimit-Policy', 'Retry-After'],
            ...['Idempotent-Replayed', 'X-Request-Id', 'Deprecation', 'Sunset'],
          ]);
        }
      }
    });

    it('The headers of every response open it neither to null nor to a look-alike nor to another origin', async () => {
      for (const origin of STRANGERS) {
        for (const { row, path } of operations) {
          const headers = { Origin: origin };
          const asked = {
            'Access-Control-Request-Method': 'POST',
            'Access-Control-Request-Headers': 'authorization',
          };
          for (const answer of [
            await shop.options(path, { headers: { ...headers, ...asked } }),
            ...(row.method === 'get' ? [await shop.get(path, { headers })] : []),
          ]) {
            const told = Object.keys(answer.headers).filter((name) =>
              name.startsWith('access-control-allow'),
            );
            expect(told, `${row.operationId} from ${origin}`).to.deep.equal([]);
            expect(answer.headers['vary']).to.match(/(^|, )Origin(,|$)/);
          }
        }
      }
    });

    describe('where a shared cache may keep them', () => {
      let limited: ShopUnderTest;
      before(async () => {
        limited = await open({ environment: { RATE_LIMITS: 'on', TRUST_PROXY: 'loopback' } });
      });
      after(() => limited.close());

      /** Returns the response to a caller whose request differs from others' in all that is no part of a cache's key. */
      const answerTo = async (path: string, name: string, address: string): Promise<Received> => {
        const host = `${name}.example`;
        const { headers, ...answer } = await limited.get(path, {
          headers: {
            ...{
              'X-Request-Id': name,
              'X-Forwarded-For': address,
              'User-Agent': name,
              Cookie: `session=${name}`,
            },
            ...{
              'X-Forwarded-Host': host,
              'X-Original-URL': `/${name}`,
              Referer: `https://${host}`,
              Accept: `a/${name}`,
            },
          },
        });
        const { date: _date, ...others } = headers;
        return { ...answer, headers: others };
      };

      it('The headers of every response keep shared caches from serving a caller another’s data', async () => {
        const operations = operationsOf(limited, await stock(limited));
        let tried = 0;
        for (const { row, path } of operations.filter(
          ({ row }) => row.method === 'get' && row.access === 'anyone',
        )) {
          const first = await answerTo(path, 'zaphod', '192.0.2.201');
          if (/no-store|private/.test(first.headers['cache-control'] ?? '')) continue;
          tried += 1;
          expect(await answerTo(path, 'trillian', '198.51.100.2'), row.operationId).to.deep.equal(first);
          expect(JSON.stringify(first), row.operationId).not.to.match(/zaphod|192\.0\.2\.201/);
        }
        expect(tried).to.equal(Object.keys(CACHED).length);
      });
    });

    it('The headers of every response ask for TLS only where there is TLS', async () => {
      const plain = await open();
      const { headers } = await plain.get('/livez');
      await plain.close();
      expect(headers).not.to.have.property('strict-transport-security');
    });
  });
});
