import { expect } from 'chai';
import { networkOf, networkOfPeer, parseTrustProxy } from '#src/platform/http/connections/client-address.js';
import { eventually } from '../../support/eventually.js';
import { startPlanted } from './planted-app.js';

const CLIENT = '203.0.113.7';
const SPOOFED = '198.51.100.1';

/** The address that the shop takes the caller for, who is at 127.0.0.1 and sends this header. */
const addressOf = async (trust: string, forwarded?: string): Promise<unknown> => {
  const shop = await startPlanted({ config: { trustProxy: parseTrustProxy(trust) } });
  await shop.client.get(
    '/things',
    forwarded === undefined ? {} : { headers: { 'X-Forwarded-For': forwarded } },
  );
  const line = await eventually(() => shop.log.find(({ msg }) => msg === 'request'), 'the log line');
  await shop.server.close();
  return line['ip'];
};

describe('The address of a client', () => {
  it('The address of a client is that of the connection as long as no proxy is trusted, whatever the client claims', async () => {
    expect(await addressOf('0')).to.equal('127.0.0.1');
    expect(await addressOf('0', SPOOFED)).to.equal('127.0.0.1');
  });

  it('The address of a client is what the furthest of so many proxies has seen', async () => {
    expect(await addressOf('1', CLIENT)).to.equal(CLIENT);
    expect(await addressOf('1', `${SPOOFED}, ${CLIENT}`)).to.equal(CLIENT);
    expect(await addressOf('2', `${SPOOFED}, ${CLIENT}, 10.0.0.9`)).to.equal(CLIENT);
  });

  it('The address of a client is the furthest known one if there are fewer proxies than configured', async () => {
    expect(await addressOf('3')).to.equal('127.0.0.1');
    expect(await addressOf('3', CLIENT)).to.equal(CLIENT);
  });

  it('The address of a client is the last before the proxies that are trusted by their addresses', async () => {
    expect(await addressOf('loopback', `${SPOOFED}, ${CLIENT}`)).to.equal(CLIENT);
    expect(await addressOf('127.0.0.1, 10.0.0.0/8', `${SPOOFED}, ${CLIENT}, 10.1.2.3`)).to.equal(CLIENT);
    expect(await addressOf('10.0.0.0/8', CLIENT), 'nobody trusted sent it').to.equal('127.0.0.1');
  });

  it('The address of a client is never what is no address', async () => {
    for (const garbage of [
      'unknown',
      '',
      '203.0.113.7:123456',
      '203.0.113.7:http',
      '[203.0.113.7',
      '2001:db8::1]:80',
      "1.1.1.1' or 1=1",
      '999.1.1.1',
      'x'.repeat(5000),
    ])
      expect(await addressOf('1', garbage), garbage).to.equal('127.0.0.1');
    expect(await addressOf('2', `${CLIENT}, unknown`)).to.equal('127.0.0.1');
  });

  it('The address of a client may come with its port from a proxy', async () => {
    for (const told of [`${CLIENT}:41000`, `"${CLIENT}:41000"`, `[::ffff:${CLIENT}]:1`])
      expect(await addressOf('1', told), told).to.equal(CLIENT);
    for (const told of ['[2001:db8::1]:51234', '"[2001:db8::1]:51234"', '[2001:db8::1]', '2001:db8::1'])
      expect(await addressOf('1', told), told).to.equal('2001:db8::1');
    expect(await addressOf('loopback, 10.0.0.0/8', `${SPOOFED}:1, ${CLIENT}:41000, 10.1.2.3:80`)).to.equal(
      CLIENT,
    );
  });

  it('The address of a client has one spelling', async () => {
    expect(await addressOf('1', '::ffff:203.0.113.7')).to.equal(CLIENT);
    expect(await addressOf('1', '2001:DB8:0:0::0001')).to.equal('2001:db8::1');
  });
});

describe('An untrusted header with the address of a client', () => {
  /** What is logged as a warning when these requests come one after another. */
  const warningsOf = async (
    trust: string,
    ...requests: readonly Readonly<Record<string, string>>[]
  ): Promise<readonly (readonly unknown[])[]> => {
    const shop = await startPlanted({ config: { trustProxy: parseTrustProxy(trust) } });
    for (const headers of requests) await shop.client.get('/things', { headers });
    await shop.server.close();
    expect(JSON.stringify(shop.log)).not.to.contain(SPOOFED);
    return shop.log.filter(({ level }) => level === 40).map(({ msg, peer }) => [msg, peer]);
  };
  const FORWARDED = { Forwarded: `for=${SPOOFED}` };
  const X_FORWARDED = { 'X-Forwarded-For': SPOOFED };

  it('An untrusted header with the address of a client is warned of once, with the variable to set, its sender and nothing of its value', async () => {
    const warnings = await warningsOf('0', X_FORWARDED, X_FORWARDED, { 'X-Forwarded-For': `${SPOOFED}, x` });
    expect(warnings).to.have.length(1);
    expect(warnings[0]?.[0]).to.match(/^X-Forwarded-For was received .*: set TRUST_PROXY to /);
    expect(warnings[0]?.[1]).to.equal('127.0.0.1');
    expect(await warningsOf('10.0.0.0/8', X_FORWARDED), 'from elsewhere than the proxies').to.have.length(1);
  });

  it('An untrusted header with the address of a client causes a warning if it is Forwarded, which the shop ignores, unless a trusted proxy sends the other as well', async () => {
    const both = { ...FORWARDED, 'X-Forwarded-For': CLIENT };
    const [warning, ...others] = await warningsOf('0', FORWARDED, FORWARDED);
    expect(warning?.[0]).to.match(
      /^the header Forwarded was received, which is not supported: .* X-Forwarded-For, and set TRUST_PROXY to /,
    );
    expect(others).to.deep.equal([]);
    expect(await warningsOf('1', FORWARDED)).to.have.length(1);
    expect(await warningsOf('0', both, both)).to.have.length(2);
    expect(await warningsOf('1', both)).to.deep.equal([]);
  });

  it('An untrusted header with the address of a client causes no warning when it is trusted or absent', async () => {
    expect(await warningsOf('1', { 'X-Forwarded-For': CLIENT })).to.deep.equal([]);
    expect(await warningsOf('loopback', { 'X-Forwarded-For': CLIENT })).to.deep.equal([]);
    expect(await warningsOf('0', {})).to.deep.equal([]);
  });
});

describe('One caller', () => {
  it('One caller is an IPv4 address', () => {
    expect(networkOf(CLIENT)).to.equal(CLIENT);
    expect(networkOf(CLIENT)).not.to.equal(networkOf('203.0.113.8'));
  });

  it('One caller is the /64 of an IPv6 address, whose other half a client makes up as it likes', () => {
    expect(networkOf('2001:db8:1:2:3:4:5:6')).to.equal(networkOf('2001:db8:1:2::ffff'));
    expect(networkOf('2001:db8:1:2::1')).not.to.equal(networkOf('2001:db8:1:3::1'));
  });
});

describe('The network of a connection', () => {
  it('The network of a connection is an IPv4 address, however it is written, or the first half of an IPv6 address', () => {
    const networkOf = networkOfPeer(0);
    expect(['203.0.113.7', '::ffff:203.0.113.7', '2001:db8:1:2:3:4:5:6'].map(networkOf)).to.deep.equal([
      '203.0.113.7',
      '203.0.113.7',
      '2001:db8:1:2::/64',
    ]);
  });

  it('The network of a connection is none of a trusted proxy', () => {
    expect(networkOfPeer(1)('203.0.113.7')).to.equal(null);
    const ofOthers = networkOfPeer(['10.0.0.0/8']);
    expect([ofOthers('10.1.2.3'), ofOthers('203.0.113.7')]).to.deep.equal([null, '203.0.113.7']);
  });
});
