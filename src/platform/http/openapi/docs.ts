import { hash } from 'node:crypto';
import { ok } from '../routes/reply.js';
import { route, type Route } from '../routes/route.js';
import { anyObject, keyOf, object, parameters, string } from '#src/platform/schema/schema.js';
import { ASSETS, MEDIA_TYPES, policyFor, renderDocs, renderHome, type Home } from './docs-page.js';

/** A representation that stays the same while the process runs, with the opaque part of its entity-tag: a digest. */
interface Tagged<Body> {
  readonly body: Body;
  readonly etag: string;
}

const tagged = <Body extends object | string>(body: Body): Tagged<Body> => {
  const bytes = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  return { body, etag: hash('sha256', bytes, 'hex').slice(0, 32) };
};

type AssetName = keyof typeof ASSETS;

const taggedAssets = new Map<AssetName, Tagged<string | Buffer>>();

/** Returns a file of the pages, whose digest is computed once. */
const assetOf = (name: AssetName): Tagged<string | Buffer> => {
  const asset = taggedAssets.get(name) ?? tagged(ASSETS[name].content());
  taggedAssets.set(name, asset);
  return asset;
};

const shared = { method: 'get', tag: 'Integrators', access: 'anyone' } as const;

const LINKS = {
  documentation: { href: '/docs', text: 'API documentation, where each call can be tried' },
  openapi: { href: '/openapi.json', text: 'OpenAPI document as JSON' },
  openapiYaml: { href: '/openapi.yaml', text: 'OpenAPI document as YAML' },
  products: { href: '/products', text: 'Products' },
  liveness: { href: '/livez', text: 'Liveness of this process' },
  readiness: { href: '/readyz', text: 'Readiness of the shop' },
} as const;

type LinkName = keyof typeof LINKS;

const homeBody = object(
  'Home',
  {
    name: string().description('Name of the software').example('Portico'),
    version: string().description('Version of the software').example('0.1.0'),
    links: object(
      'HomeLinks',
      {
        documentation: string().description('The documentation page').example(LINKS.documentation.href),
        openapi: string().description('The OpenAPI document as JSON').example(LINKS.openapi.href),
        openapiYaml: string().description('The OpenAPI document as YAML').example(LINKS.openapiYaml.href),
        products: string().description('The list of products').example(LINKS.products.href),
        liveness: string().description('Liveness of this process').example(LINKS.liveness.href),
        readiness: string().description('Readiness of the shop').example(LINKS.readiness.href),
      },
      { description: 'Paths of this shop' },
    ),
  },
  { description: 'Where to begin' },
);

/** Returns the routes of the page at `/`, of the contract as JSON and YAML, and of Swagger UI, which needs no other host. */
export const docsRoutes = (
  openApi: () => object,
  { base, version }: Pick<Home, 'base' | 'version'>,
): readonly Route[] => {
  // Made once, and not before it is asked for: loading what makes it takes a tenth of a start, and rendering as long.
  let json: Tagged<object> | undefined;
  let page: Promise<Tagged<string>> | undefined;
  let yaml: Promise<Tagged<string>> | undefined;
  const renderYaml = async (): Promise<Tagged<string>> => {
    const { stringify } = await import('yaml');
    return tagged(stringify(openApi(), { aliasDuplicateObjects: false }));
  };
  const hrefTo = (name: LinkName): string => `${base}${LINKS[name].href}`;
  const home = {
    name: 'Portico',
    version,
    links: {
      documentation: hrefTo('documentation'),
      openapi: hrefTo('openapi'),
      openapiYaml: hrefTo('openapiYaml'),
      products: hrefTo('products'),
      liveness: hrefTo('liveness'),
      readiness: hrefTo('readiness'),
    },
  };
  const homePage = renderHome({ base, version, links: Object.values(LINKS) });
  return [
    route({
      ...shared,
      path: '/',
      operationId: 'getHome',
      summary: 'Get links to the documentation',
      description: 'Returns JSON, or a page to a browser.',
      cache: 'no-cache',
      replies: {
        200: { body: homeBody, alternatives: { 'text/html': string().example('<!doctype html>\n') } },
      },
      query: ({ request }) => request.prefers(['application/json', 'text/html']),
      reply: (mediaType) =>
        mediaType === 'text/html'
          ? ok(homePage, {
              headers: {
                'Content-Type': `${mediaType}; charset=utf-8`,
                'Content-Security-Policy': policyFor(homePage),
              },
            })
          : ok(home),
    }),
    route({
      ...shared,
      path: '/openapi.json',
      operationId: 'getOpenApiJson',
      summary: 'Get this document as JSON',
      description: 'Returns the OpenAPI 3.1 document of this server.',
      cache: 'no-cache',
      replies: {
        200: {
          body: anyObject().example({ openapi: '3.1.0', info: { title: 'Portico' } }),
          headers: ['ETag'],
        },
      },
      query: () => (json ??= tagged(openApi())),
      reply: ({ body, etag }) => ok(body, { etag }),
    }),
    route({
      ...shared,
      path: '/openapi.yaml',
      operationId: 'getOpenApiYaml',
      summary: 'Get this document as YAML',
      description: 'Returns the OpenAPI 3.1 document of this server.',
      cache: 'no-cache',
      replies: {
        200: { body: string().example('openapi: 3.1.0\n'), mediaType: 'application/yaml', headers: ['ETag'] },
      },
      query: () => (yaml ??= renderYaml()),
      reply: ({ body, etag }) => ok(body, { etag }),
    }),
    route({
      ...shared,
      path: '/docs',
      operationId: 'getDocs',
      summary: 'Get this document as a page',
      description: 'Shows the document with Swagger UI, where each call can be tried.',
      cache: 'no-cache',
      replies: {
        200: { body: string().example('<!doctype html>\n'), mediaType: 'text/html', headers: ['ETag'] },
      },
      query: () => (page ??= renderDocs().then(tagged)),
      reply: ({ body, etag }) => ok(body, { etag, headers: { 'Content-Security-Policy': policyFor(body) } }),
    }),
    route({
      ...shared,
      path: '/docs/assets/:file',
      operationId: 'getDocsAsset',
      summary: 'Get a file of the documentation page',
      description: 'Returns a style sheet, script or picture of the documentation page.',
      cache: 'public, max-age=86400',
      params: parameters({
        file: keyOf(ASSETS).description('Name of the file').example('swagger-ui.min.css'),
      }),
      replies: {
        200: {
          body: string().example('html { box-sizing: border-box }\n'),
          mediaType: MEDIA_TYPES,
          headers: ['ETag'],
        },
      },
      query: ({ params }) => assetOf(params.file),
      reply: ({ body, etag }, { params }) =>
        ok(body, { etag, headers: { 'Content-Type': `${ASSETS[params.file].mediaType}; charset=utf-8` } }),
    }),
  ];
};
