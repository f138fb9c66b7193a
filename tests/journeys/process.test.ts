import { expect } from 'chai';
import { once } from 'node:events';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateSigningKey } from '#src/contexts/accounts/adapters/jwt/signing-keys.js';
import { runProgram, startServer, type Ended, type RunningShop } from '../support/server-process.js';
import { killStarted } from '../support/started-processes.js';
import { freePort } from '../support/throwaway-server.js';

const QUICK = { BCRYPT_COST: '4', DEMO_DATA: 'false' };

/** Reads from a raw connection until the received text matches. */
const hears = async (socket: Socket, pattern: RegExp): Promise<string> => {
  let heard = '';
  while (!pattern.test(heard)) {
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    heard += chunk.toString();
  }
  return heard;
};

const waitUntil = async (state: () => Promise<boolean>): Promise<void> => {
  while (!(await state())) await new Promise(setImmediate);
};

describe('The built server as a process', () => {
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'portico-process-'))));
  afterEach(async () => {
    await killStarted();
    await rm(folder, { recursive: true });
  });

  const start = (environment: Record<string, string> = {}): Promise<RunningShop> =>
    startServer({ cwd: folder, environment: { ...QUICK, ...environment } });

  /** On any port that is free: another shop may use the default one. */
  const refusesToStart = async (environment: Record<string, string>): Promise<Ended> =>
    (await runProgram('server', { cwd: folder, environment: { PORT: '0', ...environment } })).ended;

  it('The built server says where its docs and its data are and, once, how to log in; the log never holds the password', async () => {
    const first = await start();
    const [, email = '', password = ''] = await first.says(/Administrator +(\S+), password (\S+)/);
    expect(first.stdout())
      .to.contain('/docs')
      .and.to.contain(join(folder, 'data', 'portico.db'));
    const answer = await fetch(`${first.url}/auth/login`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ email, password }),
    });
    expect(answer.status).to.equal(200);
    const { stderr } = await first.stop();
    expect(stderr).to.contain('/auth/login').and.not.to.contain(password);

    const second = await start();
    await second.says(/Data/);
    expect(second.stdout()).to.contain('as before').and.not.to.contain(password);
    await second.stop();
  });

  for (const [variable, value] of [
    ['PORT', 'eighty'],
    ['SHOP_CURRENCY', 'EURO'],
    ['DATABASE_URL', 'redis://localhost'],
    ['DATABASE_URL', 'mysql://root@127.0.0.1/shop'],
    ['JWT_PRIVATE_KEY', 'no key at all'],
  ] as const) {
    it(`The built server does not start with ${variable}=${value}, and says why in one line`, async () => {
      const { code, stdout, stderr } = await refusesToStart({ [variable]: value });
      const named = value.startsWith('mysql:') ? 'JWT_PRIVATE_KEY' : variable;
      expect({ code, stdout }).to.deep.equal({ code: 1, stdout: '' });
      expect(stderr).to.match(new RegExp(`^portico: .*${named}.*\n$`));
    });
  }

  it('The built server logs how it starts and stops, a line for each step', async () => {
    const server = await start();
    const { stderr } = await server.stop();
    const lines = stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
    expect(lines.map(({ msg }) => msg).filter((msg) => msg !== 'event')).to.deep.equal([
      ...[
        'starting',
        'listening, not yet serving',
        'schema migrated',
        'a new database was created',
        'serving',
        'draining',
        'stopped',
      ],
    ]);
    expect(lines[0]).to.have.property('version');
    expect(lines[0]?.['database']).to.equal(join(folder, 'data', 'portico.db'));
    expect(lines[1]?.['url']).to.match(/^http:/);
    expect(lines[2]?.['migrations']).to.be.greaterThan(10);
  });

  it('The built server reports everything that is wrong, a line for each variable', async () => {
    const { stderr } = await refusesToStart({ PORT: 'eighty', SHOP_CURRENCY: 'EURO' });
    expect(stderr).to.match(/^portico: PORT must .*\nportico: SHOP_CURRENCY must .*\n$/);
  });

  it('The built server says which port another program uses and which host is not of this machine', async () => {
    const squatter = createServer().listen(0, '127.0.0.1');
    await once(squatter, 'listening');
    const port = String((squatter.address() as AddressInfo).port);
    const taken = await refusesToStart({ HOST: '127.0.0.1', PORT: port });
    squatter.close();
    expect(taken.stderr).to.match(
      new RegExp(
        `^portico: port ${port} is in use by another program: .* with PORT or OPERATIONS_PORT$`,
        'm',
      ),
    );
    const { stderr } = await refusesToStart({ HOST: '192.0.2.1' });
    expect(stderr).to.match(/^portico: HOST must be an address or a host name of this machine$/m);
  });

  it('The built server names the variable of a database that cannot be reached, and shows nothing of its password', async () => {
    const { stderr } = await refusesToStart({
      DATABASE_URL: 'mysql://shop:secret@127.0.0.1:9/shop',
      JWT_PRIVATE_KEY: generateSigningKey(),
    });
    expect(stderr).to.match(
      /^portico: DATABASE_URL names a database that cannot be opened: .*ECONNREFUSED.*$/m,
    );
    expect(stderr).not.to.contain('secret');
  });

  it('The built server warns of a variable that is nearly one of its own', async () => {
    const server = await start({ DATABSE_URL: 'sqlite:other.db' });
    const { stderr } = await server.stop();
    expect(stderr).to.contain('unknown variable DATABSE_URL: did you mean DATABASE_URL?');
  });

  it('The built server starts in memory with nothing else said, with a key, an administrator and a catalogue of its own', async () => {
    const server = await start({ DATABASE_URL: 'memory:', DEMO_DATA: '' });
    await server.says(/password \S+ /);
    const { items } = (await (await fetch(`${server.url}/products`)).json()) as { items: unknown[] };
    expect(items).to.have.length(8);
    await server.stop();
  });

  it('The built server reads .env in the folder it is started in; the environment wins', async () => {
    await writeFile(join(folder, '.env'), 'LOG_LEVEL=loud\nSHOP_CURRENCY=JPY\n');
    expect((await refusesToStart({})).stderr).to.contain('LOG_LEVEL must be');
    const server = await start({ LOG_LEVEL: 'info' });
    await server.stop();
    expect((await refusesToStart({ LOG_LEVEL: 'info', SHOP_CURRENCY: 'USD' })).stderr).to.contain('JPY');
  });

  it('The built server does not start on a database of a shop in another currency', async () => {
    await (await start({ SHOP_CURRENCY: 'EUR' })).stop();
    const { code, stderr } = await refusesToStart({ ...QUICK, SHOP_CURRENCY: 'USD' });
    expect(code).to.equal(1);
    expect(stderr).to.match(/^portico: SHOP_CURRENCY .*EUR.*$/m);
  });

  it('The built server on SIGTERM finishes the request in flight, refuses new ones, and exits with 0', async () => {
    const server = await start();
    const { port } = new URL(server.url);
    const body = JSON.stringify({ email: 'nobody@shop.test', password: 'whatever it was' });
    const socket = connect(Number(port), '127.0.0.1');
    // The server has the head of the request, and waits for its body, when the signal comes.
    socket.write(
      `POST /auth/login HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${String(body.length)}\r\n\r\n`,
    );
    await hears(socket, /100 Continue/);
    server.process.kill('SIGTERM');
    await waitUntil(() =>
      fetch(server.url).then(
        () => false,
        () => true,
      ),
    );
    socket.write(body);
    expect(await hears(socket, /invalid_credentials/)).to.match(/HTTP\/1\.1 401/);
    expect(await server.ended).to.include({ code: 0, signal: null });
  });

  it('The built server takes the tokens of a second process on its database, whatever their ports; a third that would not says so', async () => {
    const ADMIN = { email: 'owner@shop.test', password: 'an owner needs a password' };
    const environment = { ADMIN_EMAIL: ADMIN.email, ADMIN_PASSWORD: ADMIN.password };
    const one = await start({ ...environment, PORT: String(await freePort()) });
    const other = await start({ ...environment, PORT: String(await freePort()) });
    const answer = await fetch(`${one.url}/auth/login`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(ADMIN),
    });
    const { accessToken } = (await answer.json()) as { accessToken: string };
    for (const { url } of [one, other]) {
      const me = await fetch(`${url}/auth/me`, { headers: { Authorization: `Bearer ${accessToken}` } });
      expect(me.status).to.equal(200);
    }
    expect(other.stderr()).not.to.contain('PUBLIC_URL');
    const third = await start({ PUBLIC_URL: 'http://localhost:1' });
    const { stderr } = await third.stop();
    expect(stderr).to.match(/"level":"warn".*PUBLIC_URL/);
    await Promise.all([one.stop(), other.stop()]);
  });

  it('The built server says that it has made a new database, and where; not when there was one', async () => {
    const file = join(folder, 'data', 'portico.db');
    const first = await start();
    const { stdout, stderr } = await first.stop();
    expect(stdout).to.contain(`${file}, a new database`);
    expect(stderr)
      .to.match(/"level":"info".*"a new database was created"/)
      .and.to.contain(file);
    const again = await (await start()).stop();
    expect(again.stdout).to.contain(file);
    expect(again.stdout + again.stderr).not.to.contain('new database');
  });

  it('The built server leaves one file after a clean stop in which everything is, so that a copy of it alone is the shop', async () => {
    await (
      await start({ ADMIN_EMAIL: 'owner@shop.test', ADMIN_PASSWORD: 'an owner needs a password' })
    ).stop();
    const copy = join(folder, 'copy.db');
    await copyFile(join(folder, 'data', 'portico.db'), copy);
    const restored = await start({ DATABASE_URL: `sqlite:${copy}` });
    const { stdout } = await restored.stop();
    expect(stdout).to.contain('as before').and.not.to.contain('new database');
  });

  describe('with the command line of administrators beside it', () => {
    const admin = async (...args: string[]): Promise<Ended> =>
      (await runProgram('admin', { cwd: folder, args, environment: { BCRYPT_COST: '4' } })).ended;

    const logIn = async ({ url }: RunningShop, email: string, password: string) => {
      const answer = await fetch(`${url}/auth/login`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ email, password }),
      });
      return {
        status: answer.status,
        body: (await answer.json()) as { user?: { role: string }; accessToken?: string },
      };
    };

    const passwordIn = ({ stdout }: Ended): string =>
      /password (\S+) \(not shown again\)/.exec(stdout)?.[1] ?? '';

    it('The command line of administrators creates administrators, promotes customers and resets passwords of a shop that runs', async () => {
      const server = await start();
      const created = await admin('create', 'second@shop.test', '--name', 'Second');
      expect(created).to.include({ code: 0, stderr: '' });
      expect((await admin('create', 'second@shop.test')).stderr).to.contain('use: promote second@shop.test');
      const asSecond = await logIn(server, 'second@shop.test', passwordIn(created));
      expect(asSecond).to.deep.include({ status: 200 });
      expect(asSecond.body.user?.role).to.equal('admin');

      const reset = await admin('reset-password', 'second@shop.test');
      const me = await fetch(`${server.url}/auth/me`, {
        headers: { Authorization: `Bearer ${asSecond.body.accessToken ?? ''}` },
      });
      expect(me.status, 'their session has ended').to.equal(401);
      expect((await logIn(server, 'second@shop.test', passwordIn(created))).status).to.equal(401);
      expect((await logIn(server, 'second@shop.test', passwordIn(reset))).status).to.equal(200);

      const customer = { name: 'Ada', email: 'ada@shop.test', password: 'a long enough password' };
      await fetch(`${server.url}/auth/signup`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(customer),
      });
      expect((await admin('promote', 'ADA@shop.test')).code).to.equal(0);
      expect(await admin('rebuild-keys')).to.include({ code: 0, stdout: 'all keys are recomputed\n' });
      const asAda = await logIn(server, customer.email, customer.password);
      expect(asAda.body.user?.role).to.equal('admin');

      const log = await fetch(`${server.url}/audit-log?limit=100`, {
        headers: { Authorization: `Bearer ${asAda.body.accessToken ?? ''}` },
      });
      const { items } = (await log.json()) as {
        items: readonly { action: string; actorId: string | null; addressHash: string | null }[];
      };
      const byNobody = items.filter(
        ({ actorId, action }) => actorId === null && action !== 'user.login_failed',
      );
      expect(byNobody.map(({ action, addressHash }) => [action, addressHash])).to.deep.equal([
        ['user.promoted', null],
        ['user.password_reset', null],
        ['user.created', null],
        ['user.created', null], // the first administrator, by the start
      ]);
      await server.stop();
    });

    it('The command line of administrators says so when there was no database yet', async () => {
      const { code, stderr } = await admin('create', 'first@shop.test');
      expect(code).to.equal(0);
      expect(stderr).to.contain(`a new database was created: ${join(folder, 'data', 'portico.db')}
`);
    });

    it('The command line of administrators helps without a signing key or a database, and seeds an empty shop with the demo catalogue once', async () => {
      const help = await admin('--help');
      expect(help.code).to.equal(0);
      expect(help.stdout).to.match(/^usage: /);
      expect(await admin('seed-demo')).to.include({
        code: 0,
        stdout: 'the demo catalogue is added: 8 products\n',
      });
      expect(await admin('seed-demo')).to.include({ code: 1 });
    });

    for (const [args, complaint] of [
      [[], 'usage:'],
      [['constructor', 'a@shop.test'], 'there is no command constructor\n\nusage:'],
      [['create'], 'wrong arguments for create\n\nusage:'],
      [['backup'], 'wrong arguments for backup\n\nusage:'],
      [['create', 'a@shop.test', '--nme', 'A'], "Unknown option '--nme'\n\nusage:"],
      [['create', 'nobody'], 'nobody is no e-mail address'],
      [['create', `${'a'.repeat(250)}@b.test`], 'EMAIL, ID or NAME must have at most 254 characters'],
      [['create', 'a@shop.test', '--name', 'a'.repeat(121)], '--name must have at most 120 characters'],
      [['create', 'a@shop.test', '--name', ' '], '--name must not be empty or contain control characters'],
      [
        ['create', 'a@shop.test', '--name', 'a\nb\u001b[31m'],
        '--name must not be empty or contain control characters',
      ],
      [['create', 'zoe\u200b@shop.test'], 'is no e-mail address that mail can be sent to'],
      [['promote', 'nobody@shop.test'], 'there is no account with the e-mail address nobody@shop.test'],
    ] as const) {
      it(`The command line of administrators refuses ${JSON.stringify(args).slice(0, 80)} and says: ${complaint}`, async () => {
        const { code, stderr } = await admin(...args);
        expect(code).to.equal(1);
        expect(stderr).to.contain(complaint);
      });
    }
  });
});
