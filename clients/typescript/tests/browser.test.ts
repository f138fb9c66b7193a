import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { build } from 'esbuild';
import type { BrowserContext, Page } from 'playwright-core';
import { describeInChromium, openChromium } from '../../../tests/support/chromium.js';
import { testShop, type ShopUnderTest } from '../../../tests/support/test-shop.js';
import type { ClientPage } from './page.js';

const run = promisify(execFile);
const CLIENT = join(import.meta.dirname, '..');

describeInChromium('The TypeScript client in Chromium', () => {
  let folder: string;
  let pages: Server;
  let shop: ShopUnderTest;
  let browser: BrowserContext;
  let url: string;
  let page: Page;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'portico-client-'));
    await run('npm', ['run', 'build'], { cwd: CLIENT }); // what is published, and not the source
    const { outputFiles } = await build({
      entryPoints: [join(import.meta.dirname, 'page.ts')],
      bundle: true,
      write: false,
      format: 'esm',
      alias: { '@portico/client': join(CLIENT, 'dist/index.js') },
    });
    const script = outputFiles[0]?.text ?? '';
    pages = createServer((_request, response) => {
      response.setHeader('Content-Type', 'text/html; charset=utf-8');
      response.end(`<!doctype html><title>A page</title><script type="module">${script}</script>`);
    });
    await new Promise<void>((resolve) => pages.listen(0, '127.0.0.1', resolve));
    const origin = `http://127.0.0.1:${String((pages.address() as AddressInfo).port)}`;
    shop = await testShop({ environment: { DEMO_DATA: 'true', CORS_ORIGINS: origin } });
    url = `${origin}/?shop=${encodeURIComponent(shop.shop.url)}`;
    browser = await openChromium(join(folder, 'chromium'));
  });
  after(async () => {
    await browser.close();
    await shop.close();
    pages.close();
    await rm(folder, { recursive: true });
  });

  const openPage = async (): Promise<Page> => {
    const opened = await browser.newPage();
    await opened.goto(url);
    await opened.waitForFunction('globalThis.page !== undefined');
    return opened;
  };
  let people = 0;
  beforeEach(async () => {
    page = await openPage();
    const email = `ann-${String((people += 1))}@browser.test`;
    expect(await call((client, address) => client.signUp(address), email)).to.equal(email);
  });
  afterEach(async () => {
    for (const opened of browser.pages().slice(1)) await opened.close();
  });

  /** Runs a function with what the page has made of the client. */
  const call = <Result, Argument = undefined>(
    script: (client: ClientPage, argument: Argument) => Promise<Result>,
    argument?: Argument,
    on = page,
  ): Promise<Result> =>
    on.evaluate<Result>(`(${String(script)})(page, ${JSON.stringify(argument) || 'undefined'})`);

  /** Counts the refreshes of all pages from now on. */
  const refreshes = (): (() => number) => {
    let seen = 0;
    browser.on('request', (request) => {
      if (request.method() === 'POST' && request.url().endsWith('/auth/refresh')) seen += 1;
    });
    return () => seen;
  };

  it('The TypeScript client in Chromium places an order once although the response was lost', async () => {
    let losses = 0;
    await page.route('**/orders', async (route) => {
      if (route.request().method() !== 'POST' || (losses += 1) > 2) return route.continue();
      await route.fetch(); // the shop has done it
      return route.abort();
    });
    expect(await call((client) => client.order())).to.deep.equal([201, 'true']);
    expect(losses).to.equal(3);
    expect(await call((client) => client.order())).to.deep.equal([201, null]);
    expect(await call((client) => client.orders())).to.equal(2);
  });

  it('The TypeScript client in Chromium refreshes once for requests of one page', async () => {
    const seen = refreshes();
    const statuses = await call((client) => {
      client.expireAccessToken();
      return Promise.all([client.cart(), client.cart(), client.cart()]);
    });
    expect(statuses).to.deep.equal([200, 200, 200]);
    expect(seen()).to.equal(1);
  });

  it('The TypeScript client in Chromium refreshes once for two clients with one storage', async () => {
    const seen = refreshes();
    const statuses = await call((client) => {
      const other = client.another();
      client.expireAccessToken();
      return Promise.all([client.cart(), client.cart(other)]);
    });
    expect(statuses).to.deep.equal([200, 200]);
    expect(seen()).to.equal(1);
  });

  // A tab may see the new tokens a moment after the lock is free. Then it repeats the refresh, which the shop allows for once.
  it('The TypeScript client in Chromium stays logged in when two tabs refresh at the same time', async () => {
    const other = await openPage();
    await call(async (client) => {
      await client.cart();
      client.expireAccessToken();
    });
    for (let times = 0; times < 2; times += 1) {
      const statuses = await Promise.all(
        [page, other].map((tab) => call((client) => client.cart(), undefined, tab)),
      );
      expect(statuses).to.deep.equal([200, 200]);
    }
  });

  it('The TypeScript client in Chromium is still logged in when the page is loaded again', async () => {
    await page.reload();
    await page.waitForFunction('globalThis.page !== undefined');
    expect(await call((client) => client.cart())).to.equal(200);
  });
});
