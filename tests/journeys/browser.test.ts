import { expect } from 'chai';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { describeInChromium, openChromium } from '../support/chromium.js';
import { eventually } from '../support/eventually.js';
import { startServer, type RunningShop } from '../support/server-process.js';

const ADMIN = { email: 'owner@shop.test', password: 'an owner needs a password' };

interface Call {
  readonly method?: string;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: object;
  /** As `fetch` knows it: `force-cache` takes what the browser has, if it has anything. */
  readonly cache?: 'force-cache';
}

/** A response as a script on the page sees it. */
interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: any; // eslint-disable-line @typescript-eslint/no-explicit-any -- as each test expects it
}

describeInChromium('The shop in Chromium', () => {
  let folder: string;
  let pages: Server;
  let shop: RunningShop;
  let browser: BrowserContext;
  let page: Page;
  let token: string;

  /** A page of another origin, which the shop allows as `localhost` and not as `127.0.0.1`. */
  const pageAt = (host: string): string => `http://${host}:${String((pages.address() as AddressInfo).port)}/`;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'portico-browser-'));
    pages = createServer((_request, response) => {
      response.setHeader('Content-Type', 'text/html').end('<!doctype html><title>A front end</title>');
    });
    await new Promise<void>((resolve) => pages.listen(0, '127.0.0.1', resolve));
    shop = await startServer({
      cwd: folder,
      environment: {
        ADMIN_EMAIL: ADMIN.email,
        ADMIN_PASSWORD: ADMIN.password,
        BCRYPT_COST: '4',
        CORS_ORIGINS: new URL(pageAt('localhost')).origin,
        DEMO_DATA: 'true',
        RATE_LIMITS: 'on',
      },
    });
    browser = await openChromium(join(folder, 'chromium'));
  });
  after(async () => {
    await browser.close();
    await shop.stop();
    pages.close();
    await rm(folder, { recursive: true });
  });

  /** Has a script on the page call the shop. */
  const call = (path: string, options: Call = {}): Promise<Answer> =>
    page.evaluate(
      async ({ url, method = 'GET', token: bearer, headers = {}, json, ...settings }) => {
        const answer = await fetch(url, {
          method,
          ...settings,
          headers: {
            ...(bearer !== undefined && { Authorization: `Bearer ${bearer}` }),
            ...(json !== undefined && { 'Content-Type': 'application/json' }),
            ...headers,
          },
          ...(json !== undefined && { body: JSON.stringify(json) }),
        });
        const text = await answer.text();
        return {
          status: answer.status,
          headers: Object.fromEntries(answer.headers),
          body: text === '' ? null : (JSON.parse(text) as unknown),
        };
      },
      { url: `${shop.url}${path}`, ...options },
    );

  beforeEach(async () => {
    page = await browser.newPage();
    await page.goto(pageAt('localhost'));
    token = (await call('/auth/login', { method: 'POST', json: ADMIN })).body.accessToken as string;
  });
  afterEach(() => page.close());

  /** Statuses of the GETs of a path that have reached the shop, once the one after them has as well. */
  const statusesOf = async (path: string): Promise<readonly number[]> => {
    const marker = `/marker/${String(performance.now())}`;
    await fetch(`${shop.url}${marker}`);
    await eventually(() => shop.stderr().includes(marker), 'the line of the log');
    return shop
      .stderr()
      .split('\n')
      .filter((line) => line.includes('"msg":"request"') && line.endsWith('}'))
      .map((line) => JSON.parse(line) as { method: string; path: string; status: number })
      .filter((line) => line.method === 'GET' && line.path === path)
      .map(({ status }) => status);
  };

  /** The path of a product of the demo catalogue. */
  const productAt = async (position: number): Promise<string> =>
    `/products/${String((await call('/products')).body.items[position].id)}`;

  for (const who of ['its administrator', 'a visitor'])
    it(`The shop in Chromium shows each change of a product at once to ${who}, and takes the tag that it has shown`, async () => {
      const path = await productAt(0);
      const reader: Call = who === 'a visitor' ? {} : { token };
      const priceInList = async (): Promise<number> => {
        const { body } = await call('/products', reader);
        return body.items.find((item: { id: string }) => path.endsWith(item.id)).price as number;
      };
      await call('/products', reader);
      let { headers } = await call(path, reader);
      for (const price of [1111, 2222, 3333]) {
        const ifMatch = { 'If-Match': headers['etag'] ?? '' };
        const changed = await call(path, { method: 'PATCH', token, headers: ifMatch, json: { price } });
        expect(changed.status).to.equal(200);
        const read = await call(path, reader);
        expect([read.status, read.body.price, await priceInList()]).to.deep.equal([200, price, price]);
        headers = read.headers;
      }
    });

  it('The shop in Chromium is asked each time, and returns 304 as long as a product is what the browser has', async () => {
    const path = await productAt(1);
    const answers = [await call(path), await call(path), await call(path)];
    expect(answers.map(({ status }) => status)).to.deep.equal([200, 200, 200]);
    expect(new Set(answers.map(({ body }) => JSON.stringify(body)))).to.have.property('size', 1);
    expect(await statusesOf(path)).to.deep.equal([200, 304, 304]);
  });

  it('The shop in Chromium has no response stored that is for its caller alone, and none of one caller shown to another', async () => {
    for (let times = 0; times < 2; times += 1)
      expect((await call('/auth/me', { token, cache: 'force-cache' })).body.email).to.equal(ADMIN.email);
    expect(await statusesOf('/auth/me')).to.deep.equal([200, 200]);

    const path = await productAt(2);
    const mine = await call(path, { token });
    expect(mine.headers['cache-control'])
      .to.match(/^private,/)
      .and.not.to.contain('s-maxage');
    await call(path, { cache: 'force-cache' });
    expect(await statusesOf(path)).to.have.length(2);
  });

  it('The shop in Chromium lets a page of an allowed origin read the headers that are for it, and no other page anything', async () => {
    const list = await call('/products?limit=1');
    expect(list.headers['link']).to.match(/rel="next"/);
    expect((await call(await productAt(3))).headers['etag']).to.match(/^"/);
    const creation: Call = {
      method: 'POST',
      token,
      headers: { 'Idempotency-Key': 'once' },
      json: { name: 'Read in a browser' },
    };
    const created = await call('/categories', creation);
    expect(created.status).to.equal(201);
    expect(created.headers).to.include.keys(
      'location',
      'etag',
      'x-request-id',
      'ratelimit',
      'ratelimit-policy',
    );
    expect((await call('/categories', creation)).headers).to.include({ 'idempotent-replayed': 'true' });
    let refused: Answer;
    do refused = await call('/auth/login', { method: 'POST', json: { ...ADMIN, email: 'nobody@shop.test' } });
    while (refused.status === 401);
    expect(refused.status).to.equal(429);
    expect(Number(refused.headers['retry-after'])).to.be.greaterThan(0);

    await page.goto(pageAt('127.0.0.1'));
    expect(await call('/products').catch(String)).to.match(/Failed to fetch/);
  });

  it('The shop in Chromium explains itself on /docs, where each call can be tried, without asking another host or an error', async () => {
    const [, url = ''] = await shop.says(/open at (\S+)/);
    const asked = new Set<string>();
    const errors: string[] = [];
    page.on('request', (request) => asked.add(new URL(request.url()).host));
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text());
    });
    page.on('pageerror', (error) => errors.push(error.message));
    await page.goto(`${url}/docs`);
    const operation = page.locator('[id$="-listProducts"]');
    await operation.locator('.opblock-summary-control').click();
    await operation.locator('button.execute').click();
    const answer = operation.locator('.live-responses-table tbody');
    expect(await answer.innerText())
      .to.match(/^200/)
      .and.to.contain('"items"');
    expect([...asked]).to.deep.equal([new URL(url).host]);
    expect(errors).to.deep.equal([]);
  });

  /** An operation on the documentation page, opened and executed as it comes; returns what is shown of the response. */
  const tryOut = async (operationId: string): Promise<string> => {
    const operation = page.locator(`[id$="-${operationId}"]`);
    await operation.locator('.opblock-summary-control').click();
    await operation.locator('button.execute').click();
    return operation.locator('.live-responses-table tbody').innerText();
  };
  const openDocs = async (): Promise<void> => {
    await page.goto(`${shop.url}/docs`);
    await page.locator('[id$="-getMe"]').waitFor();
  };
  const logIn = async (password: string): Promise<void> => {
    await page.fill('#login', ADMIN.email);
    await page.fill('#password', password);
    await page.click('#log-in button');
  };

  it('The shop in Chromium is logged in to on /docs in one step, until the token is forgotten', async () => {
    await openDocs();
    await logIn('not the password');
    await page.locator('#log-in-problem:not(:empty)').waitFor();
    expect(await page.locator('#logged-in').isVisible()).to.equal(false);
    await logIn(ADMIN.password);
    await page.locator('#logged-in').waitFor({ state: 'visible' });
    expect(await tryOut('getMe'))
      .to.match(/^200/)
      .and.to.contain(ADMIN.email);

    await openDocs();
    await page.locator('#logged-in').waitFor({ state: 'visible' });
    await page.click('#log-out');
    await page.locator('#log-in').waitFor({ state: 'visible' });
    expect(await tryOut('getMe')).to.match(/^401/);
    await openDocs();
    expect(await page.locator('#log-in').isVisible()).to.equal(true);
  });

  it('The shop in Chromium lets a customer sign up and order on /docs with the bodies that are there, and shows what is wrong with another', async () => {
    await openDocs();
    expect(await tryOut('signUp')).to.match(/^201/);
    await page.locator('#logged-in').waitFor({ state: 'visible' });
    expect(await tryOut('addToCart'))
      .to.match(/^200/)
      .and.to.contain('"items": [\n');
    expect(await tryOut('placeOrder'))
      .to.match(/^201/)
      .and.to.contain('"status": "pending"');
    expect(await tryOut('getCart'))
      .to.match(/^200/)
      .and.to.contain('"items": []');

    const operation = page.locator('[id$="-addToCart"]');
    await operation.locator('textarea').fill('{"productId":"no id","quantity":0}');
    await operation.locator('button.execute').click();
    const answer = operation.locator('.live-responses-table tbody', { hasText: 'invalid_body' });
    expect(await answer.innerText())
      .to.match(/^422/)
      .and.to.contain('The quantity must be at least 1.');
    await page.click('#log-out');
  });

  for (const scheme of ['light', 'dark'] as const)
    it(`The shop in Chromium shows / and /docs without anything cut off on a narrow screen, ${scheme}`, async () => {
      await page.emulateMedia({ colorScheme: scheme });
      await page.setViewportSize({ width: 390, height: 844 });
      const width = (): Promise<unknown> => page.evaluate('document.documentElement.scrollWidth');
      await page.goto(`${shop.url}/`);
      expect(await page.locator('h1').innerText()).to.equal('The back end of a shop');
      expect(await width()).to.equal(390);
      await openDocs();
      for (const operation of ['listProducts', 'placeOrder', 'createProduct'])
        await page.locator(`[id$="-${operation}"] .opblock-summary-control`).click();
      await page.locator('[id$="-createProduct"] textarea').waitFor();
      expect(await width()).to.equal(390);
      expect(await page.locator('html.dark-mode').count()).to.equal(scheme === 'dark' ? 1 : 0);
    });
});
