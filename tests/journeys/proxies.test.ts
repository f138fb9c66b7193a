import { execFile, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { eventually } from '../support/eventually.js';
import { codeBlocks } from '../support/markdown.js';
import { startServer, type RunningShop } from '../support/server-process.js';
import { start } from '../support/started-processes.js';
import { freePort } from '../support/throwaway-server.js';

const run = promisify(execFile);

const ADMIN = { email: 'owner@shop.test', password: 'an owner needs a password' };
/** The client's own address, which differs from the proxy's. */
const CLIENT = '127.0.0.2';

interface Place {
  readonly folder: string;
  readonly port: number;
  readonly shop: string;
}

/** A proxy as docs/operations.md shows it, moved to a free port and to a certificate of the test. */
interface Proxy {
  readonly name: string;
  readonly program: string;
  readonly language: string;
  readonly configured: (example: string, place: Place) => string;
  readonly args: (file: string, place: Place) => readonly string[];
}

const withCertificate = (example: string, { folder }: Place): string =>
  example
    .replaceAll('/etc/ssl/shop.example.pem', `${folder}/cert.pem`)
    .replaceAll('/etc/ssl/shop.example.key', `${folder}/key.pem`);

const APACHE_MODULES = [
  'mpm_event',
  'authz_core',
  'proxy',
  'proxy_http',
  'ssl',
  'socache_shmcb',
  'headers',
  'filter',
  'deflate',
];

const PROXIES: readonly Proxy[] = [
  {
    name: 'nginx',
    program: '/usr/sbin/nginx',
    language: 'nginx',
    configured: (example, place) => {
      const { folder, port, shop } = place;
      const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
        (kind) => `${kind}_temp_path ${folder}/${kind};`,
      );
      const own = withCertificate(example, place).replace('443', `127.0.0.1:${String(port)}`);
      const http = [...temporary, 'access_log off;', own.replace('127.0.0.1:3000', shop)];
      return `daemon off; master_process off; pid ${folder}/pid; error_log stderr; events {} http { ${http.join('\n')} }`;
    },
    args: (file) => ['-c', file],
  },
  {
    name: 'Apache',
    program: '/usr/sbin/apache2',
    language: 'apache',
    configured: (example, place) => {
      const { folder, port, shop } = place;
      const modules = APACHE_MODULES.map(
        (name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`,
      );
      return [
        ...modules,
        `Listen 127.0.0.1:${String(port)}`,
        `PidFile ${folder}/pid`,
        `DefaultRuntimeDir ${folder}`,
        `Mutex file:${folder}`,
        'User www-data',
        'Group www-data',
        'ErrorLog /dev/stderr',
        withCertificate(example, place)
          .replace('*:443', `*:${String(port)}`)
          .replace('127.0.0.1:3000', shop),
      ].join('\n');
    },
    args: (file) => ['-D', 'FOREGROUND', '-f', file],
  },
  {
    name: 'Caddy',
    program: '/usr/bin/caddy',
    language: 'caddyfile',
    configured: (example, { folder, port, shop }) =>
      `{\n\tadmin off\n\tauto_https off\n}\n${example
        .replace(
          'shop.example {',
          `https://localhost:${String(port)} {\n\ttls ${folder}/cert.pem ${folder}/key.pem`,
        )
        .replace('127.0.0.1:3000', shop)}`,
    args: (file) => ['run', '--adapter', 'caddyfile', '--config', file],
  },
];

interface Answer {
  readonly status: number;
  readonly etag: string;
  readonly vary: string;
  readonly encoding: string;
}

for (const { name, program, language, configured, args } of PROXIES) {
  const suite = existsSync(program) || process.env['CI'] === 'true' ? describe : describe.skip;
  suite(`The shop behind ${name}, as the documentation sets it up`, () => {
    let folder: string;
    let server: RunningShop;
    let proxy: ChildProcess;
    let port: number;
    let token: string;

    const call = (
      method: string,
      path: string,
      headers: Readonly<Record<string, string>> = {},
      body?: object | string,
    ): Promise<Answer> =>
      new Promise((resolve, reject) => {
        const options = {
          host: '127.0.0.1',
          port,
          method,
          path,
          localAddress: CLIENT,
          servername: 'localhost',
          rejectUnauthorized: false,
        };
        const typed = typeof body === 'object' ? { 'Content-Type': 'application/json' } : {};
        request(
          {
            ...options,
            headers: {
              Host: `localhost:${String(port)}`,
              Authorization: `Bearer ${token}`,
              ...typed,
              ...headers,
            },
          },
          (response) => {
            const { etag = '', vary = '', 'content-encoding': encoding = '' } = response.headers;
            response.resume().once('end', () => {
              resolve({ status: response.statusCode ?? 0, etag, vary, encoding });
            });
          },
        )
          .once('error', reject)
          .end(typeof body === 'object' ? JSON.stringify(body) : body);
      });

    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'portico-proxy-'));
      await chmod(folder, 0o755);
      server = await startServer({
        cwd: folder,
        environment: {
          TRUST_PROXY: 'loopback',
          BCRYPT_COST: '4',
          ADMIN_EMAIL: ADMIN.email,
          ADMIN_PASSWORD: ADMIN.password,
        },
      });
      const login = await fetch(`${server.url}/auth/login`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(ADMIN),
      });
      token = ((await login.json()) as { accessToken: string }).accessToken;
      port = await freePort();
      const certificate = [
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        '-nodes',
        '-subj',
        '/CN=localhost',
        '-addext',
        'subjectAltName=DNS:localhost',
      ];
      const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')];
      await run('openssl', ['req', ...certificate, ...files]);
      const operations = await readFile('docs/operations.md', 'utf8');
      const [example] = codeBlocks('docs/operations.md', operations).filter(
        (block) => block.language === language,
      );
      const place = { folder, port, shop: new URL(server.url).host };
      const file = join(folder, 'proxy.conf');
      await writeFile(file, configured(example?.code ?? '', place));
      const home = { HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder };
      proxy = start(program, args(file, place), { stdio: 'ignore', env: { ...process.env, ...home } });
      await eventually(
        () =>
          call('GET', '/livez').then(
            () => true,
            () => false,
          ),
        `${name} to listen`,
      );
    });
    after(async () => {
      proxy.kill('SIGTERM'); // Apache ends its own children then
      if (proxy.exitCode === null && proxy.signalCode === null) await once(proxy, 'close');
      await server.stop();
      await rm(folder, { recursive: true });
    });

    const productOf = async (): Promise<string> => {
      const { items } = (await (await fetch(`${server.url}/products`)).json()) as { items: { id: string }[] };
      return `/products/${items[0]?.id ?? ''}`;
    };

    it('The shop behind a proxy knows its versions by the entity-tags of compressed responses', async () => {
      const path = await productOf();
      const description = 'long enough to be compressed '.repeat(100);
      expect((await call('PATCH', path, {}, { description })).status).to.equal(200);
      const read = await call('GET', path, { 'Accept-Encoding': 'gzip' });
      expect([read.status, read.encoding]).to.deep.equal([200, 'gzip']);
      expect(
        (await call('GET', path, { 'Accept-Encoding': 'gzip', 'If-None-Match': read.etag })).status,
      ).to.equal(304);
      expect((await call('PATCH', path, { 'If-Match': read.etag }, { price: 5 })).status).to.equal(200);
      expect((await call('PATCH', path, { 'If-Match': read.etag }, { price: 6 })).status).to.equal(412);
    });

    it('The shop behind a proxy learns the address of the client, and believes none that the client claims', async () => {
      await call('GET', '/categories', {
        'X-Forwarded-For': '203.0.113.9',
        'X-Request-Id': `by-${language}`,
      });
      const line = await eventually(
        () =>
          server
            .stderr()
            .split('\n')
            .find((each) => each.includes(`by-${language}`)),
        'the line of the request',
      );
      expect((JSON.parse(line) as { ip: string }).ip).to.equal(CLIENT);
    });

    it('The shop behind a proxy takes a large file of products, and exports it compressed', async () => {
      const rows = Array.from(
        { length: 2_000 },
        (_, n) => `P-${String(n)},Thing,1,${'long enough '.repeat(100)}`,
      );
      const file = ['sku,name,price,description', ...rows].join('\n');
      const sent = await call('POST', '/products/import', { 'Content-Type': 'text/csv' }, file);
      expect(sent.status).to.equal(202);
      for (const type of ['text/csv', 'application/x-ndjson']) {
        const exported = await call('GET', '/products/export', { Accept: type, 'Accept-Encoding': 'gzip' });
        expect([exported.status, exported.encoding], type).to.deep.equal([200, 'gzip']);
        expect(exported.vary, type).to.match(/accept-encoding/i);
        const plain = await call('GET', '/products/export', { Accept: type, 'Accept-Encoding': 'identity' });
        expect([plain.status, plain.encoding], type).to.deep.equal([200, '']);
      }
    });

    it('The shop behind a proxy gets paths as they were sent, and bodies of no bytes', async () => {
      expect((await call('GET', '/products/a%2Fb')).status).to.equal(404);
      expect((await call('GET', '/%70roducts?q=h%C3%A4nd')).status).to.equal(200);
      expect((await call('POST', '/orders', { 'Transfer-Encoding': 'chunked' })).status).to.equal(409);
    });
  });
}
