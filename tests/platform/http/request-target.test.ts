import { expect } from 'chai';
import { eventually } from '../../support/eventually.js';
import { speak } from '../../support/raw-http.js';
import { KNOWN, startPlanted, type PlantedApp } from './planted-app.js';

describe('The target of a request', () => {
  let shop: PlantedApp;
  before(async () => {
    shop = await startPlanted();
  });
  after(() => shop.server.close());

  const statusOf = async (method: string, target: string): Promise<string | undefined> => {
    const answer = await speak(
      shop.server.url,
      `${method} ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    );
    return /^HTTP\/1\.1 (?<status>\d{3})/.exec(answer)?.groups?.['status'];
  };

  /** Hosts, ports and users that no URL can have, and some that one can. */
  const AUTHORITIES = [
    ...[
      'x',
      'x:80',
      '',
      'xn--a',
      'xn--',
      '[1',
      '[::1]',
      '[::1',
      '999.999.999.999',
      '1.2.3.4.5',
      'a:99999',
      'a:b',
    ],
    ...[
      'a:b@c',
      '@',
      'a@b@c',
      '%00',
      '%',
      'a%CD%84%CC%96',
      '-',
      '.',
      '..',
      'a..b',
      '\\',
      'a^b',
      'a|b',
      '<a>',
      '`',
    ],
    ...['0x', '0x1.0x2', 'a'.repeat(300), 'a.'.repeat(200)],
  ];

  it('The target of a request may be a whole URL, of which only path and query count, whatever its host is', async () => {
    for (const authority of AUTHORITIES)
      for (const [path, status] of [
        [`/things/${KNOWN}`, /^(?:200|400)$/],
        ['/things?limit=1', /^(?:200|400)$/],
        ['/nowhere', /^40[04]$/],
        ['', /^(?:200|400)$/], // as `/`
        ['?limit=1', /^40[04]$/],
      ] as const)
        for (const scheme of ['http', 'HTTPS', 'foo'])
          expect(
            await statusOf('GET', `${scheme}://${authority}${path}`),
            `${scheme}://${authority}${path}`,
          ).to.match(status);
    expect(await statusOf('GET', `http://xn--a/things/${KNOWN}`)).to.equal('200');
    expect(await statusOf('GET', 'http://shop.example/things?limit=1')).to.equal('200');
  });

  it('The target of a request is the same with escapes of characters that need none, and another one with any other escape', async () => {
    for (const path of [
      '/%74hings',
      '/things/%6E%65west',
      '/%74%68%69%6e%67%73',
      `/things/${KNOWN.replaceAll('-', '%2d')}`,
    ])
      expect(await statusOf('GET', path), path).to.match(/^(?:200|401)$/);
    for (const path of ['/things%2F', '/%2Fthings', '/things%3Flimit=1', '/things%3B', '/%2574hings'])
      expect(await statusOf('GET', path), path).to.equal('404');
    expect(await statusOf('GET', '/things?q=%74%6'), 'a query is left as it is').to.equal('400');
  });

  it('The target of a request is logged without the host that it names', async () => {
    await statusOf('GET', 'http://user:secret@xn--a/nowhere/at/all');
    const line = await eventually(
      () => shop.log.find(({ path }) => path === '/nowhere/at/all'),
      'the log line',
    );
    expect(line).to.include({ status: 404, route: 'unmatched' });
    expect(JSON.stringify(shop.log)).not.to.contain('secret');
  });

  it('The target of a request is a 404 when it is anything else', async () => {
    const others = [
      '*',
      '//x/things',
      '//xn--a/things',
      '/\\x/things',
      '/\\xn--a/things',
      '/x//xn--a/things',
    ];
    for (const target of [...others, '/things#', '/x#//xn--a', '//:@a#', '//a@xn--a#', '//a@[#'])
      expect(await statusOf('GET', target), target).to.equal('404');
    for (const target of ['/things/%', '//%@a#'])
      expect(await statusOf('GET', target), target).to.equal('400');
    expect(await statusOf('OPTIONS', '*')).to.equal('404');
    expect(await statusOf('GET', '/things?q=a#b'), 'a query is taken as it is').to.equal('200');
  });
});
