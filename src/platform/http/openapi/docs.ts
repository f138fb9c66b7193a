import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Context } from 'koa';
import { ok } from '../routes/reply.js';
import { route, type Route } from '../routes/route.js';
import { anyObject, keyOf, parameters, string } from '#src/platform/schema/schema.js';

type AssetName = 'swagger-ui.min.css' | 'swagger-ui-bundle.js' | 'swagger-ui-standalone-preset.js';

/** Files of swagger-ui-dist and their types, by the names in the page. */
const ASSETS: Readonly<Record<AssetName, readonly [file: string, mediaType: string]>> = {
  'swagger-ui.min.css': ['swagger-ui.css', 'text/css'],
  'swagger-ui-bundle.js': ['swagger-ui-bundle.js', 'text/javascript'],
  'swagger-ui-standalone-preset.js': ['swagger-ui-standalone-preset.js', 'text/javascript'],
};

const DIST = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));

const loaded = new Map<string, Buffer>();

/** Returns a file, cached after the first read: a response with a descriptor could keep it open for long. */
const assetOf = (file: string): Buffer => {
  const bytes = loaded.get(file) ?? readFileSync(join(DIST, file));
  loaded.set(file, bytes);
  return bytes;
};

/** Renders the page with koa2-swagger-ui, with relative links, so that it also works under a proxy's path. */
const renderPage = async (): Promise<string> => {
  const { koaSwagger } = await import('koa2-swagger-ui');
  const render = koaSwagger({
    title: 'API documentation',
    routePrefix: false,
    swaggerCdnUrl: './docs',
    swaggerVersion: 'assets',
    favicon: 'data:,',
    hideTopbar: true,
    swaggerOptions: {
      url: './openapi.json',
      validatorUrl: null,
      layout: 'BaseLayout',
      tryItOutEnabled: true,
      queryConfigEnabled: false,
    },
  });
  // The middleware only sets the context's body to the page.
  const context: { body?: unknown } = {};
  void render(context as Context, () => Promise.resolve());
  return String(context.body)
    .replace(/<link href="https:\/\/fonts\.googleapis[^>]*>/, '')
    .replace('style="position:absolute;width:0;height:0"', 'width="0" height="0"');
};

const hashesOf = (inline: RegExp, html: string): string =>
  [...html.matchAll(inline)]
    .map(([, code = '']) => `'sha256-${createHash('sha256').update(code).digest('base64')}'`)
    .join(' ');

/** Returns the policy that lets the page load its own files and run its inline code, by its hash, and nothing else. */
const policyFor = (html: string): string =>
  [
    "default-src 'none'",
    `script-src 'self' ${hashesOf(/<script>([\s\S]*?)<\/script>/g, html)}`,
    `style-src 'self' ${hashesOf(/<style>([\s\S]*?)<\/style>/g, html)}`,
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

const shared = { method: 'get', tag: 'Integrators', access: 'anyone' } as const;

/** Returns the routes of the contract as JSON and YAML, and of Swagger UI, which needs no other host. */
export const docsRoutes = (openApi: () => object): readonly Route[] => {
  // Made once, and not before it is asked for: loading what makes it takes a tenth of a start, and rendering as long.
  let page: Promise<string> | undefined;
  let yaml: Promise<string> | undefined;
  const renderYaml = async (): Promise<string> => {
    const { stringify } = await import('yaml');
    return stringify(openApi(), { aliasDuplicateObjects: false });
  };
  return [
    route({
      ...shared,
      path: '/openapi.json',
      operationId: 'getOpenApiJson',
      summary: 'Get this document as JSON',
      description: 'Returns the OpenAPI 3.1 document of this server.',
      cache: 'no-cache',
      replies: { 200: { body: anyObject().example({ openapi: '3.1.0', info: { title: 'Portico' } }) } },
      query: openApi,
      reply: (document) => ok(document),
    }),
    route({
      ...shared,
      path: '/openapi.yaml',
      operationId: 'getOpenApiYaml',
      summary: 'Get this document as YAML',
      description: 'Returns the OpenAPI 3.1 document of this server.',
      cache: 'no-cache',
      replies: { 200: { body: string().example('openapi: 3.1.0\n'), mediaType: 'application/yaml' } },
      query: () => (yaml ??= renderYaml()),
      reply: (text) => ok(text),
    }),
    route({
      ...shared,
      path: '/docs',
      operationId: 'getDocs',
      summary: 'Get this document as a page',
      description: 'Shows the document with Swagger UI, where each call can be tried.',
      cache: 'no-cache',
      replies: { 200: { body: string().example('<!doctype html>\n'), mediaType: 'text/html' } },
      query: () => (page ??= renderPage()),
      reply: (html) => ok(html, { headers: { 'Content-Security-Policy': policyFor(html) } }),
    }),
    route({
      ...shared,
      path: '/docs/assets/:file',
      operationId: 'getDocsAsset',
      summary: 'Get a file of the documentation page',
      description: 'Returns a style sheet or script of Swagger UI.',
      cache: 'public, max-age=86400',
      params: parameters({
        file: keyOf(ASSETS).description('Name of the file').example('swagger-ui.min.css'),
      }),
      replies: {
        200: {
          body: string().example('html { box-sizing: border-box }\n'),
          mediaType: ['text/css', 'text/javascript'],
        },
      },
      query: ({ params }) => ASSETS[params.file],
      reply: ([file, mediaType]) =>
        ok(assetOf(file), { headers: { 'Content-Type': `${mediaType}; charset=utf-8` } }),
    }),
  ];
};
