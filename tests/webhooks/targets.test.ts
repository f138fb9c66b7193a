import { expect } from 'chai';
import { isPublicAddress, requireTarget } from '#src/contexts/webhooks/adapters/sending/targets.js';

/** Addresses by what they are, none of which is of the internet. */
const REFUSED: Readonly<Record<string, readonly string[]>> = {
  'of this machine': ['127.0.0.1', '127.255.255.254', '::1', '0.0.0.0', '0.1.2.3', '::'],
  'of private networks': [
    '10.0.0.1',
    '172.16.0.1',
    '172.31.255.254',
    '192.168.1.1',
    'fc00::1',
    'fd12:3456::1',
  ],
  'of a link, and the metadata of clouds': ['169.254.169.254', '169.254.0.1', 'fe80::1', 'fd00:ec2::254'],
  "of a carrier's NAT": ['100.64.0.1', '100.127.255.254'],
  'of many, or of all': ['224.0.0.1', '239.1.1.1', '255.255.255.255', 'ff02::1'],
  'reserved, for documentation and for tests': [
    ...['192.0.0.1', '192.0.2.1', '198.51.100.1', '203.0.113.1', '198.18.0.1', '240.0.0.1'],
    ...['2001:db8::1', '100::1', '2001::1', '3fff::1'],
  ],
  'an IPv4 address in other words': [
    ...['::ffff:127.0.0.1', '::ffff:10.0.0.1', '::ffff:a9fe:a9fe', '::127.0.0.1', '::7f00:1'],
    ...['64:ff9b::7f00:1', '64:ff9b::10.0.0.1', '64:ff9b:1::a00:1', '2002:7f00:1::', '::ffff:0:7f00:1'],
  ],
  'a site that is no more': ['fec0::1'],
  'no address': ['', 'localhost', '127.0.0.1.example', '1.2.3.4.5'],
};

describe('The targets of webhooks', () => {
  for (const [what, addresses] of Object.entries(REFUSED))
    it(`The targets of webhooks are not public if they are ${what}`, () => {
      expect(addresses.filter(isPublicAddress)).to.deep.equal([]);
    });

  it('The targets of webhooks are public if they are addresses of the internet', () => {
    const addresses = ['93.184.216.34', '8.8.8.8', '172.32.0.1', '2606:4700::1111', '::ffff:8.8.8.8'];
    expect(addresses.filter((each) => !isPublicAddress(each))).to.deep.equal([]);
  });

  const isAllowed = (url: string, allowPrivate: boolean): boolean => {
    try {
      requireTarget({ allowPrivate })(url);
      return true;
    } catch (error) {
      expect(error).to.include({ code: 'webhook_target_refused' });
      return false;
    }
  };

  it('The targets of webhooks are https, without a password, and no private address in any notation', () => {
    const refused = [
      ...[
        'http://receiver.example/',
        'ftp://receiver.example/',
        'file:///etc/passwd',
        'receiver.example',
        '',
      ],
      ...[
        'https://user:pass@receiver.example/',
        'https://user@receiver.example/',
        'https://:pass@receiver.example/',
      ],
      ...[
        'https://127.0.0.1/',
        'https://127.1/',
        'https://2130706433/',
        'https://0x7f000001/',
        'https://0177.0.0.1/',
      ],
      ...[
        'https://[::1]/',
        'https://[::ffff:127.0.0.1]/',
        'https://[::ffff:7f00:1]/',
        'https://169.254.169.254/',
      ],
      ...['https://１２７.0.0.1/', 'https://127。0。0。1/', 'https://10.0.0.1:8443/hooks'],
    ];
    expect(refused.filter((url) => isAllowed(url, false))).to.deep.equal([]);
    const allowed = [
      'https://receiver.example/',
      'https://receiver.example:8443/hooks?a=b',
      'https://8.8.8.8/',
    ];
    expect(allowed.filter((url) => !isAllowed(url, false))).to.deep.equal([]);
  });

  it('The targets of webhooks are not this machine by its names', () => {
    const names = ['localhost', 'LOCALHOST.', 'foo.localhost', 'a.b.LocalHost', 'foo.localhost.'];
    const urls = names.map((name) => `https://${name}/`);
    expect(urls.filter((url) => isAllowed(url, false))).to.deep.equal([]);
    expect(urls.filter((url) => !isAllowed(url, true))).to.deep.equal([]);
    for (const name of ['localhost.example', 'notlocalhost', 'localhosts'])
      expect(isAllowed(`https://${name}/`, false), name).to.equal(true);
  });

  it('The targets of webhooks have a port, a host that DNS can hold, and no fragment', () => {
    const label = 'x'.repeat(63);
    const refused = [
      ...['https://receiver.example:0/', 'https://receiver.example/#', 'https://receiver.example/hooks#a'],
      ...[`https://${label}x.example/`, `https://${`${label}.`.repeat(4)}example/`, 'https://a..example/'],
      'https://.example/',
    ];
    for (const allowPrivate of [false, true])
      expect(refused.filter((url) => isAllowed(url, allowPrivate))).to.deep.equal([]);
    const allowed = [`https://${label}.example/`, `https://${`${label}.`.repeat(3)}${'x'.repeat(61)}./`];
    expect(allowed.filter((url) => !isAllowed(url, false))).to.deep.equal([]);
  });

  it('The targets of webhooks may be private and without TLS where that is allowed, and nothing else', () => {
    const allowed = ['http://127.0.0.1:3000/', 'https://10.0.0.1/', 'http://[::1]/', 'http://receiver/'];
    expect(allowed.filter((url) => !isAllowed(url, true))).to.deep.equal([]);
    const refused = ['ftp://receiver.example/', 'http://user:pass@receiver/', 'nothing'];
    expect(refused.filter((url) => isAllowed(url, true))).to.deep.equal([]);
  });
});
