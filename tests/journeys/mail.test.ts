import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createLogger } from '#src/platform/logger.js';
import { smtpMailer } from '#src/platform/mail/smtp-mailer.js';
import { parseSmtpUrl } from '#src/platform/mail/smtp-url.js';
import { aSubscriber } from '../support/builders/outbox.js';
import { eventually } from '../support/eventually.js';
import { client } from '../support/http-client.js';
import { findProgram } from '../support/installed-programs.js';
import { startMailServer, type MailServer } from '../support/mail-server.js';
import { tokenIn } from '../support/post-office.js';
import { startServer, type RunningShop } from '../support/server-process.js';
import { killStarted } from '../support/started-processes.js';
import { aProduct } from '../support/shopping.js';
import { testShop, type Person, type ShopUnderTest } from '../support/test-shop.js';

const SUBJECT = 'Set a new password';
const NEW = 'an altogether new password';

describe('The mail of a shop', () => {
  let shop: ShopUnderTest;
  let server: MailServer;
  let ada: Person;
  let log: string;
  let told: string[];
  beforeEach(async () => {
    [log, told] = ['', []];
    server = await startMailServer();
    const { url } = server;
    shop = await testShop({
      overrides: {
        logger: () => createLogger('trace', { write: (line) => (log += line) }),
        mailer: () =>
          smtpMailer({
            server: parseSmtpUrl(url),
            from: { name: 'The shop', address: 'no-reply@shop.test' },
            restMs: 0,
          }),
        subscribers: () => [
          aSubscriber(({ type }) => {
            told.push(type);
            return Promise.resolve();
          }),
        ],
      },
    });
    ada = await shop.signUp();
    await eventually(() => server.mails.length === 1, 'the mail after the sign-up');
  });
  afterEach(async () => {
    await shop.close();
    await server.close();
  });

  const ask = () => shop.post('/auth/password-reset', { json: { email: ada.email } });
  const resets = ({ mails }: MailServer) => mails.filter(({ headers }) => headers['subject'] === SUBJECT);
  const received = (from: MailServer) => eventually(() => resets(from)[0], 'the mail');
  const confirm = (token: string) =>
    shop.post('/auth/password-reset/confirm', { json: { token, newPassword: NEW } });
  const logged = (pattern: RegExp) => eventually(() => pattern.exec(log), `${String(pattern)} in the log`);

  it('The mail of a shop reaches the requester, and its token works', async () => {
    expect((await ask()).status).to.equal(202);
    const { envelope, headers, text } = await received(server);
    expect(envelope).to.deep.equal({ from: 'no-reply@shop.test', to: [ada.email] });
    expect(headers).to.include({ to: ada.email, from: 'The shop <no-reply@shop.test>' });
    expect((await confirm(tokenIn({ text }))).status).to.equal(204);
    expect((await shop.logIn(ada.email, NEW)).id).to.equal(ada.id);
    for (const secret of [tokenIn({ text }), ada.email]) expect(log).not.to.contain(secret);
  });

  it('The mail of a shop is tried again when the server says later, and nothing else waits for it', async () => {
    server.refuse(`451 4.7.1 <${ada.email}>: later`);
    await ask();
    await logged(/"err":.*answered 451 4\.7\.1 to RCPT TO.*will be retried/);
    await aProduct(shop);
    await eventually(() => told.includes('product.created'), 'the news of the product');
    expect(resets(server)).to.deep.equal([]);
    server.refuse(null);
    const { text } = await received(server);
    expect((await confirm(tokenIn({ text }))).status, 'with the token of the last try').to.equal(204);
    expect(log).not.to.contain(ada.email);
  });

  it('The mail of a shop goes out when the server is back that was away', async () => {
    await server.close();
    await ask();
    await logged(/is unreachable.*will be retried/);
    server = await startMailServer({ port: server.port });
    const { text } = await received(server);
    expect((await confirm(tokenIn({ text }))).status).to.equal(204);
  });

  it('The mail of a shop is not tried again at an address that takes none', async () => {
    server.refuse(`550 5.1.1 <${ada.email}>: no such user`);
    await ask();
    await logged(/mail not sent: the server rejected the address/);
    await logged(/"type":"password_reset\.requested".*"msg":"event delivered"/);
    expect(resets(server)).to.deep.equal([]);
    expect(log).not.to.match(/will be retried/);
    expect(log).not.to.contain(ada.email);
  });
});

describe('The mail of a server process', function () {
  let folder: string;
  const open: { close: () => Promise<unknown> }[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'portico-mail-'));
  });
  afterEach(async () => {
    await killStarted();
    for (const { close } of open.splice(0)) await close();
    await rm(folder, { recursive: true });
  });

  const start = (environment: Record<string, string>): Promise<RunningShop> =>
    startServer({ cwd: folder, environment: { BCRYPT_COST: '4', ...environment } });
  const EMAIL = 'ada@customers.test';
  /** Signs up and asks for a new password; returns how to set it. */
  const forget = async ({ url }: RunningShop) => {
    const model = await testShop();
    const http = client(url, model.shop.http.openApi);
    await model.close();
    await http.post('/auth/signup', {
      json: { name: 'Ada', email: EMAIL, password: 'soon to be forgotten' },
    });
    expect((await http.post('/auth/password-reset', { json: { email: EMAIL } })).status).to.equal(202);
    return (token: string) =>
      http.post('/auth/password-reset/confirm', { json: { token, newPassword: NEW } });
  };

  it('The mail of a server process is shown to a developer on standard output, and nowhere else', async () => {
    const server = await start({});
    const confirm = await forget(server);
    const [, text = ''] = await server.says(
      /--- mail to ada@customers\.test ---\nSet a new password\n([^]*?)---/,
    );
    expect((await confirm(tokenIn({ text }))).status).to.equal(204);
    const { stderr } = await server.stop();
    for (const secret of [tokenIn({ text }), EMAIL]) expect(stderr).not.to.contain(secret);
  });

  it('The mail of a server process is not sent in production without a mail server; the log says so and standard output does not', async () => {
    const server = await start({ NODE_ENV: 'production' });
    expect(server.stderr()).to.contain('SMTP_URL is not set: no mails are sent');
    await forget(server);
    await eventually(
      () => /"purpose":"password_reset".*SMTP_URL is not set/.test(server.stderr()),
      'the warning',
    );
    const { stdout, stderr } = await server.stop();
    expect(stdout).not.to.match(/mail to/);
    expect(stderr).not.to.contain(EMAIL);
  });

  it('The mail of a server process goes over an encrypted connection with a password that appears nowhere else', async function () {
    const openssl = findProgram('openssl');
    if (openssl === undefined && process.env['CI'] !== 'true') this.skip();
    const certificate =
      'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost';
    const files = '-addext subjectAltName=DNS:localhost -keyout mail.key -out mail.pem';
    await promisify(execFile)('openssl', `${certificate} ${files}`.split(' '), { cwd: folder });
    const [key, cert] = await Promise.all(
      ['mail.key', 'mail.pem'].map((name) => readFile(join(folder, name), 'utf8')),
    );
    const passwords: unknown[] = [];
    for (const [scheme, secure] of [
      ['smtps', true],
      ['smtp', false],
    ] as const) {
      const mailServer = await startMailServer({
        ...{ secure, key, cert, hideSTARTTLS: false, authOptional: false },
        onAuth: ({ username, password }, _session, callback) => {
          passwords.push(password);
          callback(null, { user: username });
        },
      });
      open.push(mailServer);
      const server = await start({
        LOG_LEVEL: 'trace',
        NODE_ENV: 'production',
        NODE_EXTRA_CA_CERTS: join(folder, 'mail.pem'),
        SMTP_URL: `${scheme}://shop:s%C3%A9same@localhost:${mailServer.port}`,
        MAIL_FROM: 'Shop <no-reply@shop.test>',
      });
      await forget(server);
      const { text } = await eventually(
        () => mailServer.mails.find(({ headers }) => headers['subject'] === SUBJECT),
        `the mail by ${scheme}`,
      );
      expect(tokenIn({ text })).to.have.length(43);
      const { stdout, stderr } = await server.stop();
      expect(stdout + stderr).not.to.match(/s%C3%A9same|sésame/);
      await rm(join(folder, 'data'), { recursive: true });
    }
    expect(new Set(passwords)).to.deep.equal(new Set(['sésame']));
  });
});
