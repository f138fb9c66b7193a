import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Context } from 'koa';
import { DOCS_CSS, DOCS_SCRIPT, FACE_CSS, LOGO_SVG } from './docs-face.js';

const DIST = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));

const loaded = new Map<string, Buffer>();

/** Returns a file of Swagger UI, cached after the first read: a response with a descriptor could keep it open for long. */
const fileOf = (name: string): Buffer => {
  const bytes = loaded.get(name) ?? readFileSync(join(DIST, name));
  loaded.set(name, bytes);
  return bytes;
};

interface Asset {
  readonly mediaType: string;
  readonly content: () => string | Buffer;
}

export const MEDIA_TYPES = ['text/css', 'text/javascript', 'image/svg+xml'] as const;
const [CSS, SCRIPT, SVG] = MEDIA_TYPES;

/** The files of the pages, by their names in them. */
export const ASSETS = {
  'swagger-ui.min.css': { mediaType: CSS, content: () => fileOf('swagger-ui.css') },
  'swagger-ui-bundle.js': { mediaType: SCRIPT, content: () => fileOf('swagger-ui-bundle.js') },
  'swagger-ui-standalone-preset.js': {
    mediaType: SCRIPT,
    content: () => fileOf('swagger-ui-standalone-preset.js'),
  },
  'portico.css': { mediaType: CSS, content: () => FACE_CSS },
  'portico-docs.css': { mediaType: CSS, content: () => DOCS_CSS },
  'portico-docs.js': { mediaType: SCRIPT, content: () => DOCS_SCRIPT },
  'portico.svg': { mediaType: SVG, content: () => LOGO_SVG },
} satisfies Readonly<Record<string, Asset>>;

const HEADER = `<header class="face-header">
  <a class="face-brand" href="./"><img src="./docs/assets/portico.svg" alt="">Portico</a>
  <form class="face-session" id="log-in">
    <label for="login" hidden>E-mail or user name</label>
    <input id="login" name="login" autocomplete="username" placeholder="E-mail or user name" required>
    <label for="password" hidden>Password</label>
    <input id="password" name="password" type="password" autocomplete="current-password" placeholder="Password" required>
    <button type="submit">Log in</button>
    <p class="face-problem" id="log-in-problem" role="alert"></p>
  </form>
  <p class="face-session" id="logged-in" hidden>Requests carry your access token. <button type="button" id="log-out">Forget it</button></p>
</header>
`;

/** Renders the page with koa2-swagger-ui, with relative links, so that it also works under a proxy's path. */
export const renderDocs = async (): Promise<string> => {
  const { koaSwagger } = await import('koa2-swagger-ui');
  const render = koaSwagger({
    title: 'Portico: API documentation',
    routePrefix: false,
    swaggerCdnUrl: './docs',
    swaggerVersion: 'assets',
    favicon: './docs/assets/portico.svg',
    hideTopbar: true,
    swaggerOptions: {
      url: './openapi.json',
      validatorUrl: null,
      layout: 'BaseLayout',
      tryItOutEnabled: true,
      queryConfigEnabled: false,
      deepLinking: true,
      persistAuthorization: true,
      displayRequestDuration: true,
      filter: true,
      onComplete: 'portico.onComplete',
      responseInterceptor: 'portico.onResponse',
      modelPropertyMacro: 'undefined', // the template writes it whenever there is an interceptor of responses
    },
  });
  // The middleware only sets the context's body to the page.
  const context: { body?: unknown } = {};
  void render(context as Context, () => Promise.resolve());
  return String(context.body)
    .replace(
      /<link href="https:\/\/fonts\.googleapis[^>]*>/,
      '<meta name="viewport" content="width=device-width, initial-scale=1">',
    )
    .replace('type="image/png"', 'type="image/svg+xml"')
    .replace(
      '</head>',
      '<link rel="stylesheet" href="./docs/assets/portico.css"><link rel="stylesheet" href="./docs/assets/portico-docs.css"></head>',
    )
    .replace('<div id="swagger-ui">', `${HEADER}<div id="swagger-ui">`)
    .replace('</body>', '<script src="./docs/assets/portico-docs.js"></script></body>')
    .replace('style="position:absolute;width:0;height:0"', 'width="0" height="0"');
};

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

/** A link of the page at `/`. */
export interface HomeLink {
  readonly href: string;
  readonly text: string;
}

export interface Home {
  /** The path of a proxy under which clients reach the shop; empty without one. */
  readonly base: string;
  readonly version: string;
  readonly links: readonly HomeLink[];
}

/** Renders the page at `/`. */
export const renderHome = ({ base, version, links }: Home): string => {
  const root = escaped(base);
  const items = links.map(
    ({ href, text }) => `<li><a href="${root}${escaped(href)}">${escaped(text)}</a></li>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Portico</title>
<link rel="icon" type="image/svg+xml" href="${root}/docs/assets/portico.svg">
<link rel="stylesheet" href="${root}/docs/assets/portico.css">
</head>
<body>
<header class="face-header"><a class="face-brand" href="${root}/"><img src="${root}/docs/assets/portico.svg" alt="">Portico</a></header>
<main class="face-main">
<h1>The back end of a shop</h1>
<p>Accounts, customers, catalogue, cart and orders behind a REST API. <span class="face-quiet">Version ${escaped(version)}</span></p>
<ul>
${items.join('\n')}
</ul>
</main>
</body>
</html>
`;
};

const hashesOf = (inline: RegExp, html: string): string =>
  [...html.matchAll(inline)]
    .map(([, code = '']) => ` 'sha256-${createHash('sha256').update(code).digest('base64')}'`)
    .join('');

/** Returns the policy that lets the page load its own files and run its inline code, by its hash, and nothing else. */
export const policyFor = (html: string): string =>
  [
    "default-src 'none'",
    `script-src 'self'${hashesOf(/<script>([\s\S]*?)<\/script>/g, html)}`,
    `style-src 'self'${hashesOf(/<style>([\s\S]*?)<\/style>/g, html)}`,
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
