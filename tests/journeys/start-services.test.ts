import { expect } from 'chai';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BACKEND_NAMES, SERVICE_NAMES, type ServiceName } from '#src/main/services.js';
import { eventually } from '../support/eventually.js';
import { freePorts, runProgram, startServer, type RunningProgram } from '../support/server-process.js';
import { killStarted } from '../support/started-processes.js';

type Line = Readonly<Record<string, unknown>>;
type Ports = Readonly<Record<ServiceName, number>>;

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

const isJson = (line: string): boolean => line.startsWith('{');
const linesIn = (log: string): readonly string[] => log.split('\n').slice(0, -1);
const entriesOf = (log: string): readonly Line[] =>
  linesIn(log)
    .filter(isJson)
    .map((line) => JSON.parse(line) as Line);
/** Returns the services of the lines with this message, in the order of the lines. */
const servicesThat = (message: string, log: string): readonly unknown[] =>
  entriesOf(log).flatMap(({ msg, service }) => (msg === message ? [service] : []));
const pidsIn = (log: string): readonly number[] =>
  entriesOf(log).flatMap(({ msg, pid }) => (msg === 'service started' ? [Number(pid)] : []));

describe('npm run start:services', () => {
  let folder: string;
  let ports: Ports;
  let variables: Readonly<Record<string, string>>;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'portico-services-'));
    ({ ports, variables } = await freePorts());
  });
  afterEach(async () => {
    await killStarted();
    await rm(folder, { recursive: true });
  });

  const run = (environment: Record<string, string> = {}): Promise<RunningProgram> =>
    runProgram('start-services', {
      cwd: folder,
      environment: {
        ...variables,
        BCRYPT_COST: '4',
        ...environment,
      },
    });
  const open = async (environment: Record<string, string> = {}): Promise<RunningProgram> => {
    const shop = await run(environment);
    await shop.says(/\n\n$/);
    return shop;
  };
  const url = (path: string): string => `http://127.0.0.1:${String(ports.gateway)}${path}`;
  const statusOf = async (path: string): Promise<number> => {
    const response = await fetch(url(path));
    await response.arrayBuffer();
    return response.status;
  };

  it('npm run start:services serves the shop by five processes, with one message, one log and a database for each service', async () => {
    const shop = await open();
    const [, email, password] = await shop.says(/Administrator +(\S+), password (\S+)/);
    expect(shop.stdout().match(/open at/g)).to.have.length(1);
    expect(shop.stdout()).to.contain(`Portico is open at http://localhost:${String(ports.gateway)}\n`);
    expect(shop.stdout()).to.contain(`API and docs    http://localhost:${String(ports.gateway)}/docs\n`);
    expect(shop.stdout()).to.contain(`Data            ${join(folder, 'data', 'services')}, a database`);
    for (const path of ['/products', '/docs', '/readyz']) expect(await statusOf(path), path).to.equal(200);
    const loggedIn = await fetch(url('/auth/login'), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ email, password }),
    });
    expect(loggedIn.status).to.equal(200);
    await loggedIn.arrayBuffer();

    const log = linesIn(shop.stderr());
    expect(log.filter((line) => !isJson(line))).to.deep.equal([]);
    const services = new Set(entriesOf(shop.stderr()).map(({ service }) => service));
    expect([...services]).to.have.members(SERVICE_NAMES);
    const files = await readdir(join(folder, 'data', 'services'));
    expect(files).to.include.members(['services-secret', ...BACKEND_NAMES.map((name) => `${name}.db`)]);
    for (const file of files) {
      const { mode } = await stat(join(folder, 'data', 'services', file));
      expect(mode & 0o777, file).to.equal(0o600);
    }
  });

  it('npm run start:services starts a service again that was killed, and the shop goes on with it', async () => {
    const shop = await open();
    const entry = entriesOf(shop.stderr()).find(
      ({ msg, service }) => msg === 'service started' && service === 'product',
    );
    process.kill(Number(entry?.['pid']), 'SIGKILL');
    await eventually(
      () => servicesThat('serving', shop.stderr()).filter((service) => service === 'product').length === 2,
      'the new process to serve',
    );
    expect(servicesThat('service died', shop.stderr())).to.deep.equal(['product']);
    expect(servicesThat('service started', shop.stderr())).to.have.length(6);
    await eventually(async () => (await statusOf('/products')) === 200, 'products through the gateway');
    expect(shop.stdout().match(/open at/g)).to.have.length(1);
  });

  it('npm run start:services stops the gateway, then the services behind it, and ends with 0 on SIGTERM', async () => {
    const shop = await open();
    shop.process.kill('SIGTERM');
    const { code, stderr } = await shop.ended;
    expect(code).to.equal(0);
    const stopped = servicesThat('service stopped', stderr);
    expect(stopped).to.have.members(SERVICE_NAMES);
    expect([stopped[0], stopped.at(-1)]).to.deep.equal(['gateway', 'user']);
    expect(pidsIn(stderr).filter(isAlive)).to.deep.equal([]);
  });

  it('npm run start:services ends at once on a second signal, with all services', async () => {
    const shop = await open({ SHUTDOWN_DELAY: '600' });
    shop.process.kill('SIGINT');
    await eventually(
      () => servicesThat('draining', shop.stderr()).includes('gateway'),
      'the gateway to drain',
    );
    expect(servicesThat('draining', shop.stderr()), 'while the gateway serves').to.deep.equal(['gateway']);
    shop.process.kill('SIGTERM');
    const { code, stderr } = await shop.ended;
    expect(code).to.equal(143);
    await eventually(() => !pidsIn(stderr).some(isAlive), 'all services to end');
  });

  it('npm run start:services leaves no service behind when it is killed itself', async () => {
    const shop = await open();
    shop.process.kill('SIGKILL');
    const { stderr } = await shop.ended; // when the last process has closed the log
    expect(pidsIn(stderr)).to.have.length(5);
    await eventually(() => !pidsIn(stderr).some(isAlive), 'all services to end');
    expect(servicesThat('stopped', stderr)).to.have.members(SERVICE_NAMES);
  });

  for (const [name, variable] of [
    ['product', 'PRODUCT_URL'],
    ['gateway', 'PORT or OPERATIONS_PORT'],
  ] as const)
    it(`npm run start:services says in one line that the port of the ${name} is in use, and stops all services`, async () => {
      const other = createServer().listen(ports[name], '127.0.0.1');
      await once(other, 'listening');
      try {
        const { code, stdout, stderr } = await (await run()).ended;
        expect([code, stdout]).to.deep.equal([1, '']);
        expect(linesIn(stderr).filter((line) => !isJson(line))).to.deep.equal([
          `portico: port ${String(ports[name])} is in use by another program: stop that program, or choose another port with ${variable}`,
        ]);
        expect(pidsIn(stderr).filter(isAlive)).to.deep.equal([]);
      } finally {
        other.close();
      }
    });

  for (const [environment, problem] of [
    [{ SHOP_CURRENCY: 'usd' }, /^portico: SHOP_CURRENCY must be an ISO 4217 code such as USD$/],
    [{ SERVICES_SECRET: 'too short' }, /^portico: SERVICES_SECRET must be at least 32 random characters/],
    [{ DATABASE_URL: 'sqlite:shop.db' }, /^portico: DATABASE_URL must be unset: each service has a database/],
    [{ SERVICE: 'user' }, /^portico: SERVICE must be unset/],
    [{ PRODUCT_URL: 'https://127.0.0.1:3003' }, /^portico: PRODUCT_URL must be an http URL of this machine/],
    [{ USER_URL: 'http://user:3001' }, /^portico: USER_URL must be an http URL of this machine/],
    [{ USER_URL: '3001' }, /^portico: USER_URL must be an http URL of this machine/],
  ] as const)
    it(`npm run start:services ends with one line when ${Object.entries(environment).join().replace(',', '=')}`, async () => {
      const { code, stdout, stderr } = await (await run(environment)).ended;
      expect([code, stdout]).to.deep.equal([1, '']);
      const complaints = linesIn(stderr).filter((line) => !isJson(line));
      expect(complaints, stderr).to.have.length(1);
      expect(complaints[0]).to.match(problem);
      expect(await readdir(folder)).to.deep.equal([]);
    });
});

describe('A service that is started alone', () => {
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'portico-service-'))));
  afterEach(async () => {
    await killStarted();
    await rm(folder, { recursive: true });
  });

  it('A service that is started alone says what it is and where its data is, and ends with 0 on SIGTERM', async () => {
    const service = await startServer({ cwd: folder, environment: { SERVICE: 'product' } });
    expect(service.stdout()).to.contain('The product service of Portico is open at http://localhost:');
    expect(service.stdout()).to.contain(`Data            ${join(folder, 'data', 'services', 'product.db')}`);
    expect(service.stdout()).not.to.match(/Administrator|docs/);
    expect((await fetch(`${service.url}/readyz`)).status).to.equal(200);
    expect((await fetch(`${service.url}/products`)).status, 'without a token of the gateway').to.equal(403);
    expect((await service.stop()).code).to.equal(0);
  });

  it('A service that is started alone announces itself under several workers as well', async () => {
    const service = await startServer({ cwd: folder, environment: { SERVICE: 'customer', WORKERS: '2' } });
    expect(service.stdout()).to.match(/The customer service of Portico is open at [^]*Workers +2\n/);
    for (const line of entriesOf(service.stderr())) expect(line).to.include({ service: 'customer' });
    expect((await service.stop()).code).to.equal(0);
  });
});
