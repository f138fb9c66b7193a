import { expect } from 'chai';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { QueryTypes } from 'sequelize';
import { generateSigningKey } from '#src/contexts/accounts/adapters/jwt/signing-keys.js';
import { SECRET_PREFIX } from '#src/contexts/webhooks/domain/endpoint.js';
import { testShop as modelShop, type TestShop } from '#src/main/test-shop.js';
import { connect } from '#src/platform/database/connect.js';
import { makeKey } from '../support/api-keys.js';
import { inflated } from '../support/inflated.js';
import { eventually } from '../support/eventually.js';
import { client, type HttpClient, type Received } from '../support/http-client.js';
import { startMailServer, type MailServer } from '../support/mail-server.js';
import { operationsOf, stock } from '../support/operations.js';
import { tokenIn } from '../support/post-office.js';
import { startServer, type Ended, type RunningShop } from '../support/server-process.js';
import type { Person, ShopUnderTest } from '../support/test-shop.js';

const ADMIN = { email: 'owner@shop.test', password: 'sesame for the owner' };
const PASSWORDS = { mine: 'sesame for ada', next: 'sesame for ada again', wrong: 'sesame for nobody' };
const KEY = generateSigningKey();

/** The calls whose responses must contain secrets: those that they issue. */
const GIVES_TOKENS =
  /^POST \/(?:auth\/(?:signup|login|refresh)|api-keys|webhooks|webhooks\/[^/]+\/rotate-secret)$/;

/** All ways in which a text is written where text is written. */
const spellings = (secret: string): readonly string[] => [
  secret,
  JSON.stringify(secret).slice(1, -1),
  encodeURIComponent(secret),
  encodeURIComponent(secret).replaceAll('%20', '+'),
  Buffer.from(secret).toString('base64'),
  Buffer.from(secret).toString('base64url'),
  Buffer.from(secret).toString('hex'),
];

/** Which of the secrets stand in a text, however they are written. */
const found = (secrets: ReadonlyMap<string, string>, text: string): readonly string[] =>
  [...secrets]
    .filter(([secret]) => spellings(secret).some((each) => text.includes(each)))
    .map(([, what]) => what);

describe('The secrets of a run', () => {
  const secrets = new Map<string, string>();
  const answers: { readonly call: string; readonly text: string }[] = [];
  let folder: string;
  let server: RunningShop;
  let postOffice: MailServer;
  let model: TestShop;
  let ended: Ended;

  /** Notes every answer, and the tokens in those that give some. */
  const noting = (http: HttpClient): HttpClient => {
    const methods = ['get', 'head', 'options', 'post', 'put', 'patch', 'delete'] as const;
    const note = (call: string, answer: Received): Received => {
      answers.push({ call, text: JSON.stringify([answer.headers, answer.body]) });
      const { accessToken, refreshToken, secret } = (answer.body ?? {}) as Partial<Record<string, unknown>>;
      if (typeof accessToken === 'string') {
        secrets.set(accessToken, `the access token of ${call}`);
        secrets.set(accessToken.split('.').at(-1) ?? '', `the signature of ${call}`);
      }
      if (typeof secret === 'string') {
        secrets.set(secret, `the token of ${call}`);
        if (secret.startsWith(SECRET_PREFIX))
          secrets.set(secret.slice(SECRET_PREFIX.length), `the token of ${call} without its prefix`);
      }
      if (typeof refreshToken === 'string') secrets.set(refreshToken, `the refresh token of ${call}`);
      return answer;
    };
    const wrapped = methods.map((method) => [
      method,
      async (path: string, options = {}) =>
        note(`${method.toUpperCase()} ${path.split('?')[0] ?? ''}`, await http[method](path, options)),
    ]);
    return { ...http, ...(Object.fromEntries(wrapped) as unknown as HttpClient), baseUrl: http.baseUrl };
  };

  let people = 0;
  const shopOver = async (http: HttpClient): Promise<ShopUnderTest> => {
    const personOf = ({ body }: Received, password: string): Person => ({
      id: body.user.id as string,
      token: body.accessToken as string,
      refreshToken: body.refreshToken as string,
      email: body.user.email as string,
      password,
    });
    const logIn = async (email: string, password: string) =>
      personOf(await http.post('/auth/login', { json: { email, password } }), password);
    const signUp = async () => {
      people += 1;
      const json = { name: 'Ada', email: `ada-${people}@customers.test`, password: PASSWORDS.mine };
      return personOf(await http.post('/auth/signup', { json }), PASSWORDS.mine);
    };
    const newAdminToken = async () => (await logIn(ADMIN.email, ADMIN.password)).token;
    const entries = { adminToken: await newAdminToken(), newAdminToken, logIn, signUp };
    const storeOf = () => model.parts.persistence;
    return { ...http, shop: model, ...entries, storeOf, close: () => Promise.resolve() };
  };

  /** Tokens come by mail, and are used well, badly, and where they don't belong. */
  const playWithMail = async (shop: ShopUnderTest): Promise<void> => {
    const { email } = await shop.signUp();
    const mailed = async (what: string, before: number): Promise<string> => {
      const toThem = () => postOffice.mails.filter(({ envelope }) => envelope.to.includes(email));
      const token = tokenIn(await eventually(() => toThem()[before], what));
      secrets.set(token, what);
      return token;
    };
    const verification = await mailed('the token of a mail to verify an address', 0);
    await shop.post('/auth/password-reset', { json: { email } });
    const reset = await mailed('the token of a mail to set a password', 1);
    const confirm = '/auth/password-reset/confirm';
    for (const token of [verification, reset]) {
      await shop.get(`/products?token=${token}`);
      await shop.get('/auth/me', { token });
      await shop.post('/auth/password-reset', { json: { email: token } });
      await shop.post('/auth/verify-email', { json: { token: `${token}x` } });
      await shop.post(confirm, { json: { token, newPassword: 'Password1' } });
      await shop.post(confirm, { json: { token: [token], newPassword: PASSWORDS.next } });
    }
    const used = [
      await shop.post('/auth/verify-email', { json: { token: verification } }),
      await shop.post(confirm, { json: { token: reset, newPassword: PASSWORDS.next } }),
      await shop.post(confirm, { json: { token: reset, newPassword: PASSWORDS.next } }),
    ];
    expect(used.map(({ status }) => status)).to.deep.equal([204, 204, 401]);
    // Another one, which stays unused, so that its row is there when tables are searched.
    await shop.post('/auth/password-reset', { json: { email } });
    await mailed('the token of a mail that lies there', 2);
  };

  /** Every call, well and badly, and all that people do with their secrets where they don't belong. */
  const play = async (shop: ShopUnderTest): Promise<void> => {
    const stocked = await stock(shop);
    const { ada } = stocked;
    const { mine, next, wrong } = PASSWORDS;
    const token = ada.token;
    for (const json of [
      { email: ada.email, password: wrong },
      { login: wrong, password: mine }, // typed one line too high
      { email: ada.email, password: mine, passwordAgain: mine },
      { email: { $ne: mine }, password: mine },
      { name: 'Ada', email: ada.email, password: mine },
    ]) {
      await shop.post('/auth/login', { json });
      await shop.post('/auth/signup', { json });
    }
    await shop.post('/auth/login', { raw: `{"email":"${ada.email}","password":"${mine}` });
    await shop.post('/auth/login', { raw: mine });
    await shop.put('/auth/password', { token, json: { currentPassword: wrong, newPassword: next } });
    await shop.put('/auth/password', { token, json: { currentPassword: mine, newPassword: next } });
    await shop.patch('/auth/me', { token, json: { email: 'x@customers.test', currentPassword: wrong } });
    await shop.get(`/products?q=${encodeURIComponent(mine)}`);
    await shop.get(`/products?access_token=${token}`);
    await shop.get('/auth/me', { token: `${token}x` });
    await shop.get('/auth/me', { headers: { Authorization: `Basic ${mine}`, Cookie: token } });
    await shop.post('/auth/refresh', { json: { refreshToken: ada.refreshToken } });
    await shop.post('/auth/refresh', { json: { refreshToken: `${ada.refreshToken}x` } });
    await shop.post('/auth/refresh', { json: { token: ada.refreshToken } });
    const { secret } = await makeKey(shop);
    await shop.post('/products', { token: secret, json: { name: 'Cup', description: '', price: 1 } });
    await shop.get('/cart', { token: secret });
    await shop.get('/orders', { token: `${secret}x` });
    await shop.get('/orders', { headers: { 'X-Api-Key': secret } });
    await shop.get(`/orders?api_key=${secret}`);
    await shop.post('/api-keys', { token: shop.adminToken, json: { name: 'Warehouse', scopes: [secret] } });
    for (const { row, body, call } of operationsOf(shop, stocked)) {
      const json = row.body === undefined ? {} : { json: body };
      await call({ ...json, headers: { 'Idempotency-Key': row.operationId } });
    }
  };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'portico-secrets-'));
    for (const [what, password] of Object.entries(PASSWORDS)) secrets.set(password, `the password "${what}"`);
    secrets.set(ADMIN.password, 'the password of the administrator');
    const [, ...lines] = KEY.trim().split('\n');
    for (const line of lines.slice(0, -1)) secrets.set(line, 'the signing key');
    model = await modelShop();
    postOffice = await startMailServer();
    server = await startServer({
      cwd: folder,
      environment: {
        ...{ LOG_LEVEL: 'trace', BCRYPT_COST: '4', JWT_PRIVATE_KEY: KEY },
        ...{ SMTP_URL: postOffice.url, MAIL_FROM: 'no-reply@shop.test' },
        ...{ ADMIN_EMAIL: ADMIN.email, ADMIN_PASSWORD: ADMIN.password },
      },
    });
    const shop = await shopOver(noting(client(server.url, model.http.openApi)));
    await play(shop);
    await playWithMail(shop);
    ended = await server.stop();
  });
  after(async () => {
    await model.close();
    await postOffice.close();
    await rm(folder, { recursive: true });
  });

  it('The secrets of a run were many, and are found however they are written', () => {
    expect(secrets.size).to.be.greaterThan(15);
    expect([...secrets.keys()].filter((secret) => secret.startsWith(SECRET_PREFIX))).to.have.lengthOf.above(
      2,
    );
    expect(answers.length).to.be.greaterThan(80);
    for (const [secret, what] of secrets)
      for (const written of spellings(secret)) expect(found(secrets, `x${written}x`)).to.include(what);
    expect(found(secrets, 'nothing of the kind')).to.deep.equal([]);
  });

  it('The secrets of a run occur in no output of the process', () => {
    expect(ended.stderr.split('\n').length).to.be.greaterThan(80);
    expect(found(secrets, ended.stderr)).to.deep.equal([]);
    expect(found(secrets, ended.stdout)).to.deep.equal([]);
  });

  it('The secrets of a run occur in no response but the tokens in those that issue them', () => {
    for (const { call, text } of answers) {
      const told = found(secrets, text);
      const given = GIVES_TOKENS.test(call) ? told.filter((what) => !/token|signature/.test(what)) : told;
      expect(given, call).to.deep.equal([]);
    }
    expect(answers.some(({ text }) => found(secrets, text).length > 0)).to.equal(true);
  });

  it('The secrets of a run occur in no table', async () => {
    const url = `sqlite:${join(folder, 'data', 'portico.db')}`;
    const database = connect({ url, currency: 'USD', poolMax: 1 });
    try {
      const queryInterface = database.getQueryInterface();
      const tables = (await queryInterface.showAllTables()).map(String);
      expect(tables).to.include.members([
        'users',
        'refresh_tokens',
        'mail_tokens',
        'api_keys',
        'webhook_endpoints',
        'outbox_events',
        'outbox_deliveries',
        'idempotency_keys',
      ]);
      for (const table of tables) {
        const sql = `SELECT * FROM ${queryInterface.quoteIdentifier(table)}`;
        const rows = await database.query(sql, { type: QueryTypes.SELECT });
        const cells = rows.flatMap((row): unknown[] => Object.values(row));
        const texts = cells.map((cell) => (typeof cell === 'string' ? inflated(cell) : JSON.stringify(cell)));
        expect(found(secrets, texts.join('\n')), table).to.deep.equal([]);
      }
    } finally {
      await database.close();
    }
  });
});
