import { expect } from 'chai';
import { parseNatsUrl } from '#src/platform/broker/nats-url.js';

describe('The URL of a NATS server', () => {
  const RIGHT: readonly (readonly [string, ReturnType<typeof parseNatsUrl>])[] = [
    ['nats://broker', { address: 'broker:4222', tls: false, login: {} }],
    ['nats://broker.example:4300/', { address: 'broker.example:4300', tls: false, login: {} }],
    ['tls://[::1]:4300', { address: '[::1]:4300', tls: true, login: {} }],
    [
      'nats://shop:a%2Fb%40c@broker',
      { address: 'broker:4222', tls: false, login: { user: 'shop', pass: 'a/b@c' } },
    ],
    ['nats://t%2Fok@broker', { address: 'broker:4222', tls: false, login: { token: 't/ok' } }],
  ];
  for (const [url, server] of RIGHT)
    it(`The URL of a NATS server may be ${url}`, () => {
      expect(parseNatsUrl(url)).to.deep.equal(server);
    });

  const WRONG = [
    ...['', 'broker', 'amqp://broker', 'http://broker', 'nats://', 'nats://:secret@broker'],
    ...[
      'nats://broker/stream',
      'nats://broker?tls=1',
      'nats://broker#x',
      'nats://broker:port',
      'nats://%zz@b',
    ],
  ];
  for (const url of WRONG)
    it(`The URL of a NATS server may not be ${JSON.stringify(url)}, which no error repeats`, () => {
      expect(() => parseNatsUrl(url))
        .to.throw()
        .with.property('message')
        .not.contain('secret');
    });
});
