import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { build } from 'esbuild';
import type { BrowserContext, Locator, Page } from 'playwright-core';
import { describeInChromium, openChromium } from '../support/chromium.js';
import { ROOT } from '../support/documents.js';
import { startServer, type RunningShop } from '../support/server-process.js';
import { freePort } from '../support/throwaway-server.js';

const STOREFRONT = join(ROOT, 'examples/storefront');
const ADMIN = { email: 'owner@shop.test', password: 'an owner needs a password' };
/** A folder for pictures of the pages: SCREENSHOTS=/tmp/shots npx mocha … */
const SCREENSHOTS = process.env['SCREENSHOTS'];

describeInChromium('The storefront in Chromium', () => {
  let folder: string;
  let pages: Server;
  let shop: RunningShop;
  let browser: BrowserContext;
  let page: Page;
  let origin: string;
  let errors: string[];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'portico-storefront-'));
    const port = await freePort();
    const { outputFiles } = await build({
      entryPoints: [join(STOREFRONT, 'storefront.ts')],
      bundle: true,
      write: false,
      format: 'esm',
      conditions: ['portico-source'],
    });
    const html = await readFile(join(STOREFRONT, 'index.html'), 'utf8');
    const served: Readonly<Record<string, readonly [string, string]>> = {
      '/': ['text/html', html.replace('http://localhost:3000', `http://localhost:${String(port)}`)],
      '/storefront.js': ['text/javascript', outputFiles[0]?.text ?? ''],
    };
    pages = createServer(({ url = '' }, response) => {
      const [type, text] = served[url] ?? ['text/plain', ''];
      response.writeHead(served[url] ? 200 : 404, { 'Content-Type': `${type}; charset=utf-8` }).end(text);
    });
    await new Promise<void>((resolve) => pages.listen(0, '127.0.0.1', resolve));
    origin = `http://localhost:${String((pages.address() as AddressInfo).port)}`;
    shop = await startServer({
      cwd: folder,
      environment: {
        ...{ ADMIN_EMAIL: ADMIN.email, ADMIN_PASSWORD: ADMIN.password, BCRYPT_COST: '4' },
        ...{ CORS_ORIGINS: origin, PORT: String(port), RATE_LIMITS: 'on' },
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

  beforeEach(async () => {
    page = await browser.newPage();
    errors = [];
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('console', (message) => {
      // A refusal of the shop is a line of the console, too.
      if (message.type() === 'error' && !/status of 4\d\d/.test(message.text())) errors.push(message.text());
    });
    await page.goto(`${origin}/`);
    await heading('Coffee, tea and what it takes').waitFor();
  });
  afterEach(async () => {
    await page.close();
    expect(errors).to.deep.equal([]);
  });

  const heading = (name: string): Locator => page.getByRole('heading', { name, exact: true });
  const press = (name: string, within: Page | Locator = page): Promise<void> =>
    within.getByRole('button', { name, exact: true }).click();
  const follow = (name: string): Promise<void> =>
    page.getByRole('link', { name, exact: true }).first().click();
  const cards = (): Locator => page.locator('.card');
  const names = (): Promise<readonly string[]> => page.locator('.card h2').allInnerTexts();
  const line = (text: string): Locator => page.locator('.line', { hasText: text });
  const says = (text: string): Promise<void> => page.locator('#status', { hasText: text }).waitFor();
  /** Waits until the first product is this one. */
  const shows = (name: string): Promise<void> =>
    page.locator('.card:first-child h2', { hasText: name }).waitFor();
  const shoot = async (name: string): Promise<void> => {
    if (SCREENSHOTS === undefined) return;
    await page.waitForLoadState('networkidle');
    await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true });
  };

  let people = 0;
  const signUp = async (): Promise<void> => {
    await follow('Log in');
    const form = page.locator('form', { hasText: 'New here?' });
    await form.getByLabel('Name').fill('Ann Example');
    await form.getByLabel('E-mail').fill(`ann-${String((people += 1))}@storefront.test`);
    await form.getByLabel('Password').fill('a long enough password');
    await press('Sign up', form);
    await heading('Coffee, tea and what it takes').waitFor();
  };
  const logIn = async (): Promise<void> => {
    await follow('Log in');
    const form = page.locator('form', { hasText: 'E-mail or user name' });
    await form.getByLabel('E-mail or user name').fill(ADMIN.email);
    await form.getByLabel('Password').fill(ADMIN.password);
    await press('Log in', form);
    await page.getByRole('link', { name: 'Administration' }).waitFor();
  };
  const fillAddress = async (): Promise<void> => {
    await page.getByLabel('Street and number').fill('12 Rose Lane');
    await page.getByLabel('City').fill('Dublin');
  };

  it('The storefront in Chromium shows the products with their pictures, and finds, filters and sorts them', async () => {
    await page.waitForFunction('document.images.length === 8');
    // Rejects for a picture that cannot be shown.
    await page.evaluate(
      `Promise.all([...document.images].map((image) => Object.assign(image, { loading: 'eager' }).decode()))`,
    );
    await shoot('products');
    expect(await names()).to.deep.equal((await names()).toSorted());
    await page.getByLabel('Sort').selectOption('Dearest first');
    await shows('Hand grinder');
    await page.getByLabel('Category').selectOption('Coffee');
    await shows('Ethiopia Guji');
    expect(await names()).to.deep.equal(['Ethiopia Guji', 'Decaf', 'House blend']);
    await page.getByLabel('Maximum price').or(page.getByLabel('Up to')).fill('10');
    await page.getByLabel('Up to').press('Enter');
    await shows('House blend');
    await page.goto(`${origin}/#/?q=kettle`);
    await shows('Gooseneck kettle');
    expect(await cards().getByRole('button').isDisabled(), 'it is sold out').to.equal(true);
    await page.getByLabel('In stock').check();
    await page.getByText('Nothing matches.').waitFor();
    await page.goBack();
    await shows('Gooseneck kettle');
  });

  it('The storefront in Chromium shows the errors of a sign-up beside their fields', async () => {
    await follow('Log in');
    const form = page.locator('form', { hasText: 'New here?' });
    await form.getByLabel('Name').fill('Ann Example');
    await form.getByLabel('E-mail').fill('no address');
    await press('Sign up', form);
    const noteOf = (label: string): Locator => form.locator('label', { hasText: label }).locator('.error');
    await noteOf('E-mail')
      .filter({ hasText: /e-?mail/i })
      .waitFor();
    await noteOf('Password').filter({ hasText: /\w/ }).waitFor();
    expect(await noteOf('Name').innerText()).to.equal('');
    expect(await form.locator('[aria-invalid=true]').count()).to.equal(2);
    await shoot('sign-up');
    await page
      .locator('form', { hasText: 'E-mail or user name' })
      .getByLabel('E-mail or user name')
      .fill(ADMIN.email);
    await page
      .locator('form', { hasText: 'E-mail or user name' })
      .getByLabel('Password')
      .fill('a wrong password');
    await press('Log in', page.locator('form', { hasText: 'E-mail or user name' }));
    await page.getByText('The log-in name or the password is wrong.').waitFor();
  });

  it('The storefront in Chromium takes a new customer from the sign-up to the order and its cancellation', async () => {
    await press('Add to cart', cards().filter({ hasText: 'Assam' }));
    await heading('Your account').waitFor();
    await page.goBack();
    await signUp();
    await follow('House blend');
    await heading('House blend').waitFor();
    await page.getByLabel('Quantity').fill('2');
    await shoot('product');
    await press('Add to cart');
    await page.getByRole('link', { name: 'Cart (2)' }).waitFor();
    await page.reload();
    await page.getByRole('link', { name: 'Cart (2)' }).click();
    await line('House blend').waitFor();
    await line('House blend').getByLabel('Quantity').fill('3');
    await line('House blend').getByLabel('Quantity').press('Enter');
    await page.getByRole('button', { name: 'Order for $27.00' }).waitFor();
    await page.getByLabel('Country').fill('Ireland');
    await fillAddress();
    await press('Order for $27.00');
    await page.locator('form .error', { hasText: 'IE' }).waitFor();
    await page.getByLabel('Country').fill('IE');
    await shoot('cart');
    await press('Order for $27.00');
    await says('Thank you');
    await line('3 × House blend').filter({ hasText: 'pending' }).waitFor();
    await shoot('orders');
    await page.getByRole('link', { name: 'Cart (0)' }).waitFor();
    await press('Cancel');
    await line('3 × House blend').filter({ hasText: 'cancelled' }).waitFor();
    await press('Log out');
    await page.getByRole('link', { name: 'Log in' }).waitFor();
  });

  it('The storefront in Chromium says what is sold out meanwhile, and orders nothing', async () => {
    await signUp();
    await follow('Hand grinder');
    await page.getByLabel('Quantity').fill('100');
    await press('Add to cart');
    await page.getByRole('link', { name: 'Cart (100)' }).click();
    await fillAddress();
    await page.getByRole('button', { name: /^Order for/ }).click();
    await says('stock');
    await line('Hand grinder').filter({ hasText: 'Only 12 left' }).waitFor();
    await follow('Orders');
    await page.getByText('You have not ordered anything yet.').waitFor();
  });

  it('The storefront in Chromium lets an administrator change prices and stock, and create and delete products', async () => {
    await logIn();
    await follow('Administration');
    await line('Gooseneck kettle').getByLabel('Delivery').fill('25');
    await press('Add to stock', line('Gooseneck kettle'));
    await says('The stock of Gooseneck kettle is saved.');
    expect(await line('Gooseneck kettle').innerText()).to.contain('25 in stock');
    await line('Decaf').getByLabel('Price').fill('12.5');
    await press('Save price', line('Decaf'));
    await says('The price of Decaf is saved.');
    await shoot('administration');
    await line('Decaf').getByLabel('Price').fill('-1');
    await press('Save price', line('Decaf'));
    await page.locator('#status.bad').waitFor();
    const form = page.locator('form', { hasText: 'New product' });
    await form.getByLabel('Name').fill('<b>Mug</b>');
    await form.getByLabel('Price').fill('nothing');
    await press('Create', form);
    await form.locator('label', { hasText: 'Price' }).locator('.error:not(:empty)').waitFor();
    await form.getByLabel('Price').fill('19.50');
    await form.getByLabel('In stock').fill('4');
    await form.getByLabel('Description').fill('Holds 350 ml.');
    await press('Create', form);
    await line('<b>Mug</b>').filter({ hasText: '4 in stock' }).waitFor();
    await follow('Products');
    await cards()
      .filter({ hasText: '<b>Mug</b>' })
      .filter({ hasText: '$19.50' })
      .filter({ hasText: 'Only 4 left' })
      .waitFor();
    await follow('Administration');
    await press('Delete', line('<b>Mug</b>'));
    await line('<b>Mug</b>').waitFor({ state: 'detached' });
    await press('Log out');
  });

  it('The storefront in Chromium cuts nothing off on a narrow screen', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    const width = (): Promise<number> => page.evaluate<number>('document.documentElement.scrollWidth');
    await shoot('narrow-products');
    expect(await width(), 'products').to.equal(390);
    await logIn();
    await press('Add to cart', cards().filter({ hasText: 'Pour-over dripper' }));
    for (const [link, name] of [
      ['Pour-over dripper', 'Pour-over dripper'],
      ['Cart (1)', 'Cart'],
      ['Orders', 'Orders'],
      ['Administration', 'Administration'],
    ] as const) {
      await page.getByRole('link', { name: link, exact: true }).first().click();
      await heading(name).first().waitFor();
      await shoot(`narrow-${name.toLowerCase()}`);
      expect(await width(), name).to.equal(390);
    }
    await press('Log out');
  });
});
