import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { parse as parseEnvironment } from 'dotenv';
import { parse as parseYaml } from 'yaml';
import { parseSigningKeys } from '#src/contexts/accounts/adapters/jwt/signing-keys.js';
import { readConfig, VARIABLES } from '#src/main/config/index.js';
import { interpolated, referencesIn, type Values } from '../support/compose.js';
import { codeBlocks } from '../support/markdown.js';

const ROOT = resolve(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const run = promisify(execFile);

interface Service {
  readonly image?: string;
  readonly build?: string;
  readonly restart: string;
  readonly stop_grace_period?: string;
  readonly profiles?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string; readonly required: boolean }>>;
  readonly environment: Values;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly healthcheck: { readonly test: readonly string[] };
}

interface Compose {
  readonly services: { readonly shop: Service; readonly mariadb: Service; readonly postgres: Service };
  readonly volumes: Readonly<Record<string, unknown>>;
}

const text = read('docker-compose.yml');
const { services, volumes } = parseYaml(text) as Compose;
const { shop, mariadb, postgres } = services;
const databases = { mariadb, postgres };
type DatabaseName = keyof typeof databases;
const DATABASES = Object.keys(databases) as readonly DatabaseName[];

const references = referencesIn(text);
const names = [...new Set(references.map(({ name }) => name))];

/** Runs the commands of docs/docker.md in an empty folder; returns the .env that they make, and its mode. */
const documentedValues = async (database: DatabaseName): Promise<{ values: Values; mode: number }> => {
  const folder = mkdtempSync(join(tmpdir(), 'portico-compose-'));
  try {
    const [block] = codeBlocks('docs/docker.md', read('docs/docker.md')).filter(
      ({ language }) => language === 'sh',
    );
    await run('sh', ['-ec', block?.code ?? 'false'], { cwd: folder, env: { ...process.env, database } });
    const file = join(folder, '.env');
    return { values: parseEnvironment(readFileSync(file)), mode: statSync(file).mode & 0o777 };
  } finally {
    rmSync(folder, { recursive: true });
  }
};

describe('docker-compose.yml', () => {
  let values: Readonly<Record<DatabaseName, Values>>;
  let modes: readonly number[];
  before(async () => {
    const made = { mariadb: await documentedValues('mariadb'), postgres: await documentedValues('postgres') };
    values = { mariadb: made.mariadb.values, postgres: made.postgres.values };
    modes = Object.values(made).map(({ mode }) => mode);
  });

  it('docker-compose.yml starts the shop when the database of the profile is healthy, and both again after a fall', () => {
    expect(shop.build).to.equal('.');
    expect(mariadb.image).to.match(/^mariadb:11\.\d+$/);
    expect(postgres.image).to.match(/^postgres:\d+$/);
    const healthy = { condition: 'service_healthy', required: false };
    expect(shop.depends_on).to.deep.equal({ mariadb: healthy, postgres: healthy });
    for (const name of DATABASES) {
      expect(databases[name].profiles).to.deep.equal([name]);
      expect(values[name]['COMPOSE_PROFILES']).to.equal(name);
    }
    for (const { restart } of [shop, mariadb, postgres]) expect(restart).to.equal('unless-stopped');
  });

  it('docker-compose.yml gives the shop more time to stop than it takes: 5 seconds of delay, then 10 for requests in flight', () => {
    expect(shop.stop_grace_period).to.equal('30s');
  });

  it('docker-compose.yml keeps the data of each database in a named volume and its port to itself', () => {
    const stores = Object.values(databases).map(({ volumes: [volume = ''] = [] }) => volume.split(':'));
    expect(stores.map(([, folder]) => folder)).to.deep.equal(['/var/lib/mysql', '/var/lib/postgresql/data']);
    expect(Object.keys(volumes)).to.deep.equal(stores.map(([name]) => name));
    for (const { ports } of Object.values(databases)) expect(ports).to.equal(undefined);
  });

  it('docker-compose.yml sets only variables that the shop reads', () => {
    expect(Object.keys(VARIABLES)).to.include.members(Object.keys(shop.environment));
  });

  it('docker-compose.yml has no secret in it, and no default for one', () => {
    const secrets = references.filter(({ name }) => /PASSWORD|KEY/.test(name));
    expect(secrets.map(({ name }) => name)).to.include.members(['JWT_PRIVATE_KEY', 'DATABASE_PASSWORD']);
    for (const { name, kind, rest } of secrets)
      expect(kind === ':?' || rest === '', `${name} has a default`).to.equal(true);
    for (const { environment } of [shop, mariadb, postgres])
      for (const [name, value] of Object.entries(environment))
        if (/PASSWORD$|KEY|URL$/.test(name)) expect(value, name).to.match(/\$\{/);
  });

  it('docker-compose.yml reads no variable that docs/docker.md does not explain', () => {
    const documented = [...read('docs/docker.md').matchAll(/^\| `(\w+)` /gm)].map(([, name]) => name);
    const ofServices = referencesIn(read('docker-compose.services.yml')).map(({ name }) => name);
    expect(documented).to.have.members([
      ...new Set([...names, ...ofServices, 'COMPOSE_PROFILES', 'COMPOSE_FILE']),
    ]);
  });

  for (const name of DATABASES)
    it(`docker-compose.yml makes a shop on ${name} that starts from the values that docs/docker.md makes`, () => {
      for (const mode of modes) expect(mode).to.equal(0o600);
      const config = readConfig(interpolated(shop.environment, values[name]));
      const password = values[name]['DATABASE_PASSWORD'] ?? '';
      expect(config.database.url).to.equal(`${name}://portico:${password}@${name}/portico`);
      expect(password).to.match(/^[0-9a-f]{48}$/);
      expect(Object.values(interpolated(databases[name].environment, values[name]))).to.include.members([
        ...['portico', password],
      ]);
      expect(parseSigningKeys(config.jwtPrivateKey ?? '')).to.have.length(1);
      expect(config.administrator?.email.text).to.equal('owner@shop.example');
      expect(config).to.include({ publicUrl: 'http://localhost:3000', production: true, demoData: false });
    });

  for (const name of ['JWT_PRIVATE_KEY', 'DATABASE_PASSWORD', 'DATABASE_ROOT_PASSWORD', 'DATABASE_URL'])
    it(`docker-compose.yml refuses to start without ${name}`, () => {
      const start = () => {
        for (const { environment } of [shop, mariadb, postgres])
          interpolated(environment, { ...values.mariadb, [name]: '' });
      };
      expect(start).to.throw(`${name} is not set: see docs/docker.md`);
    });

  it('docker-compose.yml needs no administrator to start', () => {
    const { ADMIN_EMAIL: _email, ADMIN_PASSWORD: _password, ...others } = values.mariadb;
    expect(readConfig(interpolated(shop.environment, others)).administrator).to.equal(null);
  });

  for (const [name, own] of [
    ['mariadb', ['MARIADB_PASSWORD', 'MARIADB_USER', 'MARIADB_DATABASE']],
    ['postgres', ['POSTGRES_PASSWORD', 'POSTGRES_USER', 'POSTGRES_DB']],
  ] as const)
    it(`docker-compose.yml asks ${name} for its health by variables of its own`, () => {
      const { healthcheck, environment } = databases[name];
      const [how, command = ''] = healthcheck.test;
      expect(how).to.equal('CMD-SHELL');
      // Compose takes a single dollar for one of its own variables.
      const asked = [...command.matchAll(/(\$+)(\w+)/g)].map(([, dollars, variable]) => [dollars, variable]);
      expect(asked).to.deep.equal(own.map((variable) => ['$$', variable]));
      expect(environment).to.include.keys(own);
    });

  it('docker-compose.yml distinguishes a shop that is ready from one that is not, and from none', async () => {
    const [how, program, ...args] = shop.healthcheck.test;
    expect([how, program]).to.deep.equal(['CMD', 'node']);
    let status = 200;
    const server = createServer((request, response) => {
      response.writeHead(request.url === '/readyz' ? status : 404).end();
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const { port } = server.address() as AddressInfo;
    const isHealthy = () =>
      run(
        process.execPath,
        args.map((arg) => arg.replace(':3000/', `:${String(port)}/`)),
      ).then(
        () => true,
        () => false,
      );
    try {
      expect(await isHealthy()).to.equal(true);
      status = 503;
      expect(await isHealthy()).to.equal(false);
    } finally {
      await new Promise((closed) => server.close(closed));
    }
    expect(await isHealthy()).to.equal(false);
  });
});
