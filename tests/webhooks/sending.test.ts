import { expect } from 'chai';
import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { retryAfterMs } from '#src/contexts/webhooks/adapters/sending/retry-after.js';
import { checkedLookup } from '#src/contexts/webhooks/adapters/sending/resolve.js';
import { sendWebhook, type SendOptions } from '#src/contexts/webhooks/adapters/sending/send-webhook.js';
import type { Message } from '#src/contexts/webhooks/domain/message.js';
import { newId } from '../support/builders/ids.js';
import { respondWith, webhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.js';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const OTHER = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
const aMessage = (): Message => ({
  id: newId<Message['id']>(),
  type: 'order.placed',
  payload: '{"type":"ö"}',
});

const rejecting = (error: Error) => () => Promise.reject(error);

/** A server below HTTP that does what it is given with each connection. */
const rawServer = async (handle: (socket: Socket) => void) => {
  const sockets: Socket[] = [];
  const server: Server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    handle(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`,
    connections: () => sockets.length,
    close: () =>
      new Promise<void>((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => {
          resolve();
        });
      }),
  };
};

describe('Sending a webhook', () => {
  let receiver: WebhookReceiver;
  beforeEach(async () => {
    receiver = await webhookReceiver();
  });
  afterEach(() => receiver.close());

  const send = (
    url: string,
    {
      message = aMessage(),
      secrets = [SECRET],
      ...options
    }: Partial<SendOptions> & {
      readonly message?: Message;
      readonly secrets?: readonly string[];
    } = {},
  ) =>
    sendWebhook({ allowPrivate: true, ...options })(url, message, {
      ...{ secrets, at: new Date(), signal: new AbortController().signal },
    });

  it('Sending a webhook posts the payload with the three headers of Standard Webhooks, signed by each secret', async () => {
    const message = aMessage();
    const result = await send(receiver.url, { message, secrets: [SECRET, OTHER] });
    expect(result).to.include({ status: 204, error: null, response: '' });
    const [got] = receiver.received;
    expect(got?.body).to.equal(message.payload);
    expect(got?.headers['webhook-id']).to.equal(message.id);
    for (const secret of [SECRET, OTHER])
      expect(new Webhook(secret).verify(got?.body ?? '', got?.headers ?? {})).to.deep.equal({ type: 'ö' });
    const third = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
    expect(() => new Webhook(third).verify(got?.body ?? '', got?.headers ?? {})).to.throw();
  });

  it('Sending a webhook follows no redirect', async () => {
    const other = await webhookReceiver();
    for (const status of [301, 302, 303, 307, 308]) {
      receiver.respond(respondWith(status, { Location: other.url }));
      expect(await send(receiver.url)).to.include({ status, error: null });
    }
    expect(other.received).to.deep.equal([]);
    await other.close();
  });

  it('Sending a webhook gives up a receiver that does not respond, responds without end or stalls within its response', async () => {
    const head = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n';
    const stalling: readonly ((socket: Socket) => void)[] = [
      () => undefined,
      (socket) => socket.write('HTTP/1.1 200 OK\r\nX-'),
      (socket) => socket.write(`${head}Content-Length: 100\r\n\r\nbegin`),
    ];
    for (const handle of stalling) {
      const server = await rawServer(handle);
      const result = await send(server.url, { withinMs: 300 });
      expect(result).to.include({ status: null, error: 'no complete response within 0.3 seconds' });
      await server.close();
    }
  });

  it('Sending a webhook reads a bounded part of a response, and keeps the beginning of it', async () => {
    let written = 0;
    const server = await rawServer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
      const chunk = `1000\r\n${'é\0'.repeat(0x1000 / 3)}x\r\n`;
      const more = (): void => {
        while (!socket.destroyed && written < 1e9) {
          written += chunk.length;
          if (!socket.write(chunk)) break;
        }
      };
      socket.on('drain', more);
      more();
    });
    const result = await send(server.url);
    expect(result).to.include({ status: 200, error: null });
    expect(result.response).to.have.length(1024);
    expect(result.response).to.match(/^é+$/);
    expect(written).to.be.below(1e8);
    await server.close();
  });

  it('Sending a webhook reports a receiver that is down, closes early or does not speak HTTP', async () => {
    const down = await rawServer(() => undefined);
    await down.close();
    expect(await send(down.url)).to.deep.include({ status: null, response: null, retryAfterMs: null });
    expect((await send(down.url)).error).to.include('ECONNREFUSED');
    const rude: readonly ((socket: Socket) => void)[] = [
      (socket) => socket.destroy(),
      (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegin'),
      (socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'),
      (socket) => socket.end(`HTTP/1.1 200 OK\r\nX-Long: ${'x'.repeat(100_000)}\r\n\r\n`),
    ];
    for (const handle of rude) {
      const server = await rawServer(handle);
      const { status, error } = await send(server.url);
      expect([status, typeof error]).to.deep.equal([null, 'string']);
      await server.close();
    }
  });

  it('Sending a webhook connects to the address that was checked, whatever the name is elsewhere', async () => {
    const { port } = new URL(receiver.url);
    const asked: string[] = [];
    const resolve = (host: string) => {
      asked.push(host);
      return Promise.resolve(['127.0.0.1']);
    };
    const result = await send(`http://receiver.example:${port}/`, { resolve });
    expect([result.status, asked]).to.deep.equal([204, ['receiver.example']]);
  });

  it('Sending a webhook makes no connection for a name with a private address, now or after it has changed', async () => {
    const server = await rawServer(() => undefined);
    const { port } = new URL(server.url);
    const url = `https://receiver.example:${port}/`;
    const names: readonly (readonly string[])[] = [
      ['127.0.0.1'],
      ['169.254.169.254'],
      ['::1'],
      ['::ffff:127.0.0.1'],
      ['10.0.0.1', '192.168.0.1'],
      ['93.184.216.34', '127.0.0.1'],
      [],
    ];
    for (const addresses of names) {
      const result = await send(url, { allowPrivate: false, resolve: () => Promise.resolve(addresses) });
      expect(result, addresses.join()).to.include({ status: null });
      expect(result.error).to.match(
        /receiver\.example has (?:an address that is not of the internet|no address)/,
      );
    }
    // One sender, as in a shop: the first address has nothing to do with the second connection.
    const answers = [['93.184.216.34'], ['127.0.0.1']];
    const sender = sendWebhook({
      ...{ allowPrivate: false, withinMs: 500 },
      resolve: () => Promise.resolve(answers.shift() ?? []),
    });
    const options = { secrets: [SECRET], at: new Date(), signal: new AbortController().signal };
    await sender(url, aMessage(), options);
    expect((await sender(url, aMessage(), options)).error).to.include('not of the internet');
    expect(server.connections()).to.equal(0);
    await server.close();
  });

  it('Sending a webhook connects to this machine by its names where that is allowed, without a name server', async () => {
    const { port } = new URL(receiver.url);
    const resolve = rejecting(new Error('a name server was queried'));
    for (const name of ['localhost', 'LOCALHOST.', 'foo.localhost'])
      expect(await send(`http://${name}:${port}/`, { resolve })).to.include({ status: 204, error: null });
    const lookup = checkedLookup({ allowPrivate: true, resolve });
    const found = await new Promise((done) => {
      lookup('localhost', { all: true }, (_error, addresses) => {
        done(addresses);
      });
    });
    expect(found).to.deep.equal([
      { address: '127.0.0.1', family: 4 },
      { address: '::1', family: 6 },
    ]);
    const refused = await send(`https://localhost:${port}/`, { allowPrivate: false });
    expect(refused.error).to.include('cannot be a target');
  });

  it('Sending a webhook reports a failure of TLS in one plain line', async () => {
    const url = receiver.url.replace('http:', 'https:');
    const { error } = await send(url);
    expect(error).to.match(/^TLS failed: [a-z ]+$/);
    const odd = rejecting(new Error(' first\r\n\tsecond\u0000 \u001b[31mthird\n'));
    expect((await send('http://receiver.example/', { resolve: odd })).error).to.equal(
      'first second [31mthird',
    );
  });

  it('Sending a webhook makes no connection to a URL that is not allowed, even if it is stored', async () => {
    for (const url of [receiver.url, receiver.url.replace('http:', 'https:')])
      expect((await send(url, { allowPrivate: false })).error).to.include('cannot be a target');
    expect(receiver.received).to.deep.equal([]);
  });

  it('Sending a webhook reports the time that Retry-After asks for', async () => {
    receiver.respond(respondWith(429, { 'Retry-After': '120' }));
    expect(await send(receiver.url)).to.include({ status: 429, retryAfterMs: 120_000 });
    receiver.respond(respondWith(503));
    expect(await send(receiver.url)).to.include({ status: 503, retryAfterMs: null });
  });
});

describe('Retry-After of a webhook', () => {
  const now = new Date('2026-06-01T12:00:00Z');
  const CASES: readonly (readonly [string | undefined, number | null])[] = [
    [undefined, null],
    ['0', 0],
    ['120', 120_000],
    ['999999999', 86_400_000],
    ['-5', null],
    ['soon', null],
    ['Mon, 01 Jun 2026 12:01:00 GMT', 60_000],
    ['Mon, 01 Jun 2026 11:00:00 GMT', 0],
    ['Mon, 01 Jun 2099 11:00:00 GMT', 86_400_000],
  ];
  for (const [given, expected] of CASES)
    it(`Retry-After of a webhook is read: ${given ?? 'none'}`, () => {
      expect(retryAfterMs(given, now)).to.equal(expected);
    });
});
