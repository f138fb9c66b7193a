import { expect } from 'chai';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { once } from 'node:events';
import { pipeline } from 'node:stream';
import { smtpMailer } from '#src/platform/mail/smtp-mailer.js';
import { parseSmtpUrl } from '#src/platform/mail/smtp-url.js';
import { startMailServer, type MailServer, type MailServerOptions } from '../../support/mail-server.js';

const FROM = { name: 'The "Shop", Ltd', address: 'no-reply@shop.test' };
const MAIL = { to: 'ann@customers.test', subject: 'Grüße', text: 'Hello,\n\n.\nit is “you” = me\n' };

describe('Mail by SMTP', () => {
  const open: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of open.splice(0)) await close();
  });

  const server = async (options?: MailServerOptions): Promise<MailServer> => {
    const started = await startMailServer(options);
    open.push(() => started.close());
    return started;
  };
  const mailer = (url: string, given: Partial<Parameters<typeof smtpMailer>[0]> = {}) =>
    smtpMailer({ server: parseSmtpUrl(url), from: FROM, restMs: 0, ...given });
  const never = new AbortController().signal;
  const problem = (sent: Promise<unknown>): Promise<string> =>
    sent.then(String, (error: unknown) => (error as Error).message);

  it('Mail by SMTP arrives as it was written, from the sender to one address', async () => {
    const { url, mails } = await server();
    expect(await mailer(url).send(MAIL, never)).to.equal('sent');
    expect(mails).to.have.length(1);
    const [{ envelope, headers, text } = expect.fail()] = mails;
    expect(envelope).to.deep.equal({ from: FROM.address, to: [MAIL.to] });
    expect(headers).to.include({
      to: MAIL.to,
      from: String.raw`"The \"Shop\", Ltd" <no-reply@shop.test>`,
      'auto-submitted': 'auto-generated',
    });
    expect(headers['subject']).to.match(/^=\?UTF-8\?Q\?Gr=C3=BC=C3=9Fe\?=$/);
    expect(text).to.equal(MAIL.text);
  });

  it('Mail by SMTP names domains in ASCII to the server, and says when other letters stand before the @', async () => {
    const { port, mails } = await server();
    const wire: string[] = [];
    const listener = createServer((socket) => {
      socket.on('data', (chunk) => wire.push(chunk.toString()));
      // The client may hang up in the middle of an answer: that ends the connection and is no error of the test.
      pipeline(socket, connect(port, '127.0.0.1'), socket, () => socket.destroy());
    }).listen(0, '127.0.0.1');
    open.push(() => listener.close());
    await once(listener, 'listening');
    const url = `smtp://127.0.0.1:${(listener.address() as AddressInfo).port}`;
    const from = { name: 'Bücher', address: 'shop@bücher.example' };
    const said = (command: string): readonly string[] =>
      wire
        .join('')
        .match(new RegExp(`^${command}:.*$`, 'gm'))
        ?.map((line) => line.trim()) ?? [];
    for (const [to, named, utf8] of [
      ['ida@bücher.example', 'ida@xn--bcher-kva.example', ''],
      ['ida@faß.example', 'ida@xn--fa-hia.example', ''],
      ['zoë@example.org', 'zoë@example.org', ' SMTPUTF8'],
      // A server that accepts other letters there accepts them in the domain as well (RFC 6531).
      ['用户@例子.example', '用户@例子.example', ' SMTPUTF8'],
      ["!#$%&'*+/=?^_`{|}~-@example.org", "!#$%&'*+/=?^_`{|}~-@example.org", ''],
    ] as const) {
      wire.length = 0;
      expect(await mailer(url, { from }).send({ ...MAIL, to }, never), to).to.equal('sent');
      expect(said('RCPT TO')).to.deep.equal([`RCPT TO:<${named}>`]);
      expect(said('MAIL FROM').map((line) => line.replace(' BODY=8BITMIME', ''))).to.deep.equal([
        `MAIL FROM:<shop@xn--bcher-kva.example>${utf8}`,
      ]);
    }
    expect(mails).to.have.length(5);
  });

  it('Mail by SMTP never goes to more addresses, nor gets more headers, than were meant', async () => {
    const { url, mails } = await server();
    for (const to of [
      MAIL.to,
      'a@customers.test, b@customers.test',
      'a@customers.test\r\nBcc: b@customers.test',
      'a@customers.test> SIZE=1\r\nRCPT TO:<b@customers.test',
      '"a, b"@customers.test',
    ])
      await mailer(url).send({ ...MAIL, to, subject: 'Hello\r\nBcc: b@customers.test' }, never);
    expect(mails).to.have.length(1);
    for (const { envelope, headers } of mails) {
      expect(envelope.to).to.have.length(1);
      expect(headers).not.to.have.property('bcc');
    }
  });

  it('Mail by SMTP is refused permanently only where the server will never accept it, and that does not stop other mail', async () => {
    const started = await server();
    const [toAnn] = [mailer(started.url, { restMs: 60_000 })];
    started.refuse('550 5.1.1 <ann@customers.test>: no such user');
    expect(await toAnn.send(MAIL, never)).to.equal('refused');
    started.refuse('451 4.7.1 <ann@customers.test>: try again later');
    expect(await problem(toAnn.send(MAIL, never))).to.equal('the mail server answered 451 4.7.1 to RCPT TO');
    started.refuse(null);
    expect(await toAnn.send(MAIL, never)).to.equal('sent');
  });

  it('Mail by SMTP is not tried for a while after the server was unreachable, and goes out later', async () => {
    const started = await server();
    let now = 0;
    const later = mailer(started.url, { restMs: 10_000, clock: () => now });
    await started.close();
    expect(await problem(later.send(MAIL, never))).to.match(
      /^the mail server is unreachable: .*ECONNREFUSED/,
    );
    const back = await server({ port: started.port });
    now = 9_999;
    expect(await problem(later.send(MAIL, never))).to.match(/not retried yet$/);
    now = 10_000;
    expect(await later.send(MAIL, never)).to.equal('sent');
    expect(back.mails).to.have.length(1);
  });

  it('Mail by SMTP waits for no server longer than it may, nor longer than its caller does', async () => {
    const silent: Server = createServer().listen(0, '127.0.0.1');
    open.push(() => silent.close());
    await once(silent, 'listening');
    const url = `smtp://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    expect(await problem(mailer(url, { idleTimeoutMs: 50 }).send(MAIL, never))).to.match(/is unreachable/);
    const caller = new AbortController();
    const sent = problem(mailer(url, { idleTimeoutMs: 600_000 }).send(MAIL, caller.signal));
    await once(silent, 'connection');
    caller.abort();
    expect(await sent).to.match(/is unreachable: .*abort/);
  });

  it('Mail by SMTP gives a password to no server that does not encrypt, nor to one whose certificate is not trusted', async () => {
    const seen: unknown[] = [];
    const onAuth: MailServerOptions['onAuth'] = (auth, _session, callback) => {
      seen.push(auth.password);
      callback(null, { user: auth.username });
    };
    const plain = await server({ onAuth, allowInsecureAuth: true });
    const encrypted = await server({ onAuth, hideSTARTTLS: false });
    for (const { port } of [plain, encrypted]) {
      const told = await problem(mailer(`smtp://shop:s3cret@localhost:${port}`).send(MAIL, never));
      expect(told).to.match(/is unreachable|answered/);
      expect(told).not.to.contain('s3cret');
    }
    expect([seen, plain.mails, encrypted.mails]).to.deep.equal([[], [], []]);
  });
});

describe('The URL of a mail server', () => {
  const NOBODY = { user: null, port: 587, host: 'mail.test' };

  it('The URL of a mail server says where it is, who is sending and how that is encrypted', () => {
    for (const [url, expected] of [
      ['smtp://mail.test', { ...NOBODY, tls: 'offered' }],
      ['smtp://mail.test:25/?tls=never', { ...NOBODY, port: 25, tls: 'never' }],
      ['smtp://mail.test?tls=required', { ...NOBODY, tls: 'required' }],
      ['smtps://mail.test', { ...NOBODY, port: 465, tls: 'implicit' }],
      ['smtp://[::1]:2525', { ...NOBODY, host: '::1', port: 2525, tls: 'offered' }],
      [
        'smtp://shop%40mail.test:p%3Aw@mail.test',
        { ...NOBODY, user: { name: 'shop@mail.test', password: 'p:w' }, tls: 'required' },
      ],
    ] as const)
      expect(parseSmtpUrl(url), url).to.deep.equal(expected);
  });

  it('The URL of a mail server is nothing else: no other option, and no password in clear', () => {
    for (const url of [
      ...['mail.test', 'http://mail.test', 'smtp://', 'smtp://mail.test/path', 'smtp://mail.test#a'],
      ...['smtp://:secret@mail.test', 'smtp://shop:secret@mail.test?tls=never'],
      ...['smtp://shop:secret@mail.test?tls=offered', 'smtp://mail.test?tls=maybe', 'smtp://mail.test?tls='],
      ...[
        'smtps://mail.test?tls=never',
        'smtp://mail.test?debug=true',
        'smtp://mail.test?tls=never&tls=required',
      ],
    ])
      expect(() => parseSmtpUrl(url), url).to.throw();
  });
});
