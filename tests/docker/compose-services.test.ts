import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { parse as parseEnvironment } from 'dotenv';
import { parse as parseYaml } from 'yaml';
import { readConfig, VARIABLES } from '#src/main/config/index.js';
import { BACKEND_NAMES, SERVICE_NAMES, type ServiceName } from '#src/main/services.js';
import { interpolated, referencesIn, type Values } from '../support/compose.js';
import { openSqlDatabase } from '../support/databases.js';
import { codeBlocks } from '../support/markdown.js';
import { runProgram } from '../support/server-process.js';

const ROOT = resolve(import.meta.dirname, '../..');
const FILE = 'docker-compose.services.yml';
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const run = promisify(execFile);

interface Process {
  readonly image?: string;
  readonly build?: string;
  readonly restart: string;
  readonly depends_on?: unknown;
  readonly environment: Values;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly configs?: readonly { readonly source: string; readonly target: string }[];
  readonly read_only?: boolean;
  readonly healthcheck: { readonly test: readonly string[] };
}

const parsed = (file: string) =>
  parseYaml(read(file), { merge: true }) as {
    readonly services: Readonly<Record<string, Process>>;
    readonly configs?: Readonly<Record<string, { readonly content: string }>>;
  };

const { services, configs = {} } = parsed(FILE);
const processOf = (name: string): Process => {
  const found = services[name];
  if (found === undefined) throw new Error(`${FILE} has no ${name}`);
  return found;
};

describe(FILE, () => {
  let values: Values;
  before(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'portico-compose-'));
    try {
      const [block] = codeBlocks('docs/docker.md', read('docs/docker.md')).filter(
        ({ language }) => language === 'sh',
      );
      const env = { ...process.env, database: 'services' };
      await run('sh', ['-ec', block?.code ?? 'false'], { cwd: folder, env });
      values = parseEnvironment(readFileSync(join(folder, '.env')));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  const configOf = (name: ServiceName, given: Values = values) =>
    readConfig(interpolated(processOf(name).environment, given));

  it('docker-compose.services.yml is what Compose runs with the values that docs/docker.md makes', () => {
    expect(values['COMPOSE_FILE']).to.equal(FILE);
    expect(values).not.to.have.any.keys('COMPOSE_PROFILES', 'DATABASE_URL');
  });

  it('docker-compose.services.yml runs every service and one MariaDB, and publishes the port of the gateway only', () => {
    expect(Object.keys(services)).to.have.members([...SERVICE_NAMES, 'mariadb']);
    const published = Object.entries(services).flatMap(([name, { ports = [] }]) =>
      ports.map((port) => `${name} ${port}`),
    );
    expect(published).to.deep.equal(['gateway 127.0.0.1:3000:3000']);
  });

  for (const name of SERVICE_NAMES)
    it(`docker-compose.services.yml makes a ${name} service that starts from the values that docs/docker.md makes`, () => {
      const config = configOf(name);
      expect(config.service).to.deep.include({
        name,
        secret: values['SERVICES_SECRET'],
        // Where the others listen: in containers of these names.
        urls: Object.fromEntries(BACKEND_NAMES.map((other) => [other, `http://${other}:3000`])),
      });
      expect(config).to.include({ port: 3000, publicUrl: 'http://localhost:3000', production: true });
      const password = values['DATABASE_PASSWORD'] ?? '';
      expect(config.database.url).to.equal(
        name === 'gateway' ? 'memory:' : `mariadb://portico:${password}@mariadb/${name}_db`,
      );
      expect(config.administrator?.email.text).to.equal(name === 'user' ? 'owner@shop.example' : undefined);
      expect(config.jwtPrivateKey === null).to.equal(name !== 'user');
    });

  it('docker-compose.services.yml sets only variables that the shop reads, and the same for one process as docker-compose.yml', () => {
    const set = SERVICE_NAMES.flatMap((name) => Object.keys(processOf(name).environment));
    expect(Object.keys(VARIABLES)).to.include.members(set);
    const whole = parsed('docker-compose.yml').services['shop'];
    expect(set).to.include.members(Object.keys(whole?.environment ?? {}));
  });

  it('docker-compose.services.yml has no secret in it, and no default for one', () => {
    const secrets = referencesIn(read(FILE)).filter(({ name }) => /PASSWORD|KEY|SECRET/.test(name));
    expect(secrets.map(({ name }) => name)).to.include.members(['JWT_PRIVATE_KEY', 'SERVICES_SECRET']);
    for (const { name, kind, rest } of secrets)
      expect(kind === ':?' || rest === '', `${name} has a default`).to.equal(true);
  });

  for (const name of ['SERVICES_SECRET', 'JWT_PRIVATE_KEY', 'DATABASE_PASSWORD', 'DATABASE_ROOT_PASSWORD'])
    it(`docker-compose.services.yml refuses to start without ${name}`, () => {
      const start = () => {
        for (const { environment } of Object.values(services))
          interpolated(environment, { ...values, [name]: '' });
      };
      expect(start).to.throw(`${name} is not set: see docs/docker.md`);
    });

  it('docker-compose.services.yml stops the gateway before the services that it depends on, which wait for the database', () => {
    expect(processOf('gateway').depends_on).to.deep.equal(BACKEND_NAMES);
    for (const name of BACKEND_NAMES) {
      expect(processOf(name).depends_on).to.deep.equal({ mariadb: { condition: 'service_healthy' } });
      expect(configOf(name).shutdownDelay).to.equal(0);
    }
    expect(configOf('gateway').shutdownDelay).to.equal(null);
  });

  it('docker-compose.services.yml keeps and checks each process as docker-compose.yml does the shop', () => {
    const {
      environment: _,
      depends_on: _before,
      ports: _published,
      ...shop
    } = {
      ...parsed('docker-compose.yml').services['shop'],
    };
    for (const name of SERVICE_NAMES) {
      const { environment: _own, depends_on: _after, ports: _none, image, ...kept } = processOf(name);
      expect(kept).to.deep.equal(shop);
      expect(image).to.equal('portico');
    }
  });

  it('docker-compose.services.yml makes a database for each service that has one, with all rights that migrations and the service need', async () => {
    const [script] = processOf('mariadb').configs ?? [];
    expect(script?.target).to.match(/^\/docker-entrypoint-initdb\.d\/.*\.sql$/);
    const { content = '' } = configs[script?.source ?? ''] ?? {};
    const server = await openSqlDatabase('MariaDB', { migrated: false });
    const suffix = `_${String(process.pid)}`;
    const user = `portico${suffix}`;
    const folder = mkdtempSync(join(tmpdir(), 'portico-compose-'));
    try {
      await server.admin(`CREATE USER '${user}'@'%' IDENTIFIED BY 'change-me'`);
      const statements = content
        .replaceAll('_db', `_db${suffix}`)
        .replaceAll("'portico'", `'${user}'`)
        .split(';')
        .map((statement) => statement.trim());
      for (const statement of statements) if (statement !== '') await server.admin(statement);
      const { hostname, port } = new URL(server.url);
      const listed = BACKEND_NAMES.map(async (name) => {
        const environment = {
          ...interpolated(processOf(name).environment, values),
          DATABASE_URL: `mariadb://${user}:change-me@${hostname}:${port}/${name}_db${suffix}`,
        };
        const command = await runProgram('admin', { cwd: folder, environment, args: ['outbox', 'list'] });
        return (await command.ended).stdout;
      });
      for (const text of await Promise.all(listed)) expect(text).to.equal('no event is dead-lettered\n');
    } finally {
      for (const name of BACKEND_NAMES) await server.admin(`DROP DATABASE IF EXISTS ${name}_db${suffix}`);
      await server.admin(`DROP USER IF EXISTS '${user}'@'%'`);
      await server.close();
      rmSync(folder, { recursive: true });
    }
  });
});
