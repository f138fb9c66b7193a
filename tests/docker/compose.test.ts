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
import { readConfig, VARIABLES } from '#src/main/config.js';
import { codeBlocks } from '../support/markdown.js';

const ROOT = resolve(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const run = promisify(execFile);

type Values = Readonly<Record<string, string>>;

interface Service {
  readonly image?: string;
  readonly build?: string;
  readonly restart: string;
  readonly stop_grace_period?: string;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly environment: Values;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly healthcheck: { readonly test: readonly string[] };
}

interface Compose {
  readonly services: { readonly shop: Service; readonly mysql: Service };
  readonly volumes: Readonly<Record<string, unknown>>;
}

const text = read('docker-compose.yml');
const { services, volumes } = parseYaml(text) as Compose;
const { shop, mysql } = services;

const REFERENCE = /(?<!\$)\$\{(?<name>\w+)(?:(?<kind>:[-?])(?<rest>[^}]*))?\}/g;

interface Reference {
  readonly name: string;
  readonly kind?: ':-' | ':?';
  readonly rest?: string;
}

const references = [...text.matchAll(REFERENCE)].map(({ groups }) => groups as unknown as Reference);
const names = [...new Set(references.map(({ name }) => name))];

/** What Compose makes of `${NAME:-default}` and `${NAME:?complaint}`; an empty value counts as none. */
const interpolated = (environment: Values, values: Values): Values =>
  Object.fromEntries(
    Object.entries(environment).map(([key, value]) => [
      key,
      value.replace(REFERENCE, (_all, name: string, kind: string | undefined, rest = '') => {
        const given = values[name] ?? '';
        if (given === '' && kind === ':?') throw new Error(`${name} is not set: ${String(rest)}`);
        return given === '' ? String(rest) : given;
      }),
    ]),
  );

/** Runs the commands of docs/docker.md in an empty folder; answers the .env that they make, and its mode. */
const documentedValues = async (): Promise<{ values: Values; mode: number }> => {
  const folder = mkdtempSync(join(tmpdir(), 'portico-compose-'));
  try {
    const [block] = codeBlocks('docs/docker.md', read('docs/docker.md')).filter(
      ({ language }) => language === 'sh',
    );
    await run('sh', ['-ec', block?.code ?? 'false'], { cwd: folder });
    const file = join(folder, '.env');
    return { values: parseEnvironment(readFileSync(file)), mode: statSync(file).mode & 0o777 };
  } finally {
    rmSync(folder, { recursive: true });
  }
};

describe('docker-compose.yml', () => {
  let values: Values;
  let mode: number;
  before(async () => {
    ({ values, mode } = await documentedValues());
  });

  it('starts the shop when MySQL is healthy, and both again after a fall', () => {
    expect(shop.build).to.equal('.');
    expect(mysql.image).to.match(/^mysql:8\.4\b/);
    expect(shop.depends_on).to.deep.equal({ mysql: { condition: 'service_healthy' } });
    expect([shop.restart, mysql.restart]).to.deep.equal(['unless-stopped', 'unless-stopped']);
  });

  it('gives the shop more time to stop than it takes: 5 seconds of delay, then 10 for requests in flight', () => {
    expect(shop.stop_grace_period).to.equal('30s');
  });

  it("keeps MySQL's data in a named volume and its port to itself", () => {
    const [name, folder] = mysql.volumes?.[0]?.split(':') ?? [];
    expect(Object.keys(volumes)).to.deep.equal([name]);
    expect(folder).to.equal('/var/lib/mysql');
    expect(mysql.ports).to.equal(undefined);
  });

  it('sets only variables that the shop reads', () => {
    expect(Object.keys(VARIABLES)).to.include.members(Object.keys(shop.environment));
  });

  it('has no secret in it, and no default for one', () => {
    const secrets = references.filter(({ name }) => /PASSWORD|KEY/.test(name));
    expect(secrets.map(({ name }) => name)).to.include.members(['JWT_PRIVATE_KEY', 'MYSQL_PASSWORD']);
    for (const { name, kind, rest } of secrets)
      expect(kind === ':?' || rest === '', `${name} has a default`).to.equal(true);
    for (const { environment } of [shop, mysql])
      for (const [name, value] of Object.entries(environment))
        if (/PASSWORD|KEY|URL$/.test(name)) expect(value, name).to.match(/\$\{/);
  });

  it('reads no variable that docs/docker.md does not explain', () => {
    const documented = [...read('docs/docker.md').matchAll(/^\| `(\w+)` /gm)].map(([, name]) => name);
    expect(documented).to.have.members(names);
  });

  it('makes a shop that starts from the values that docs/docker.md makes', () => {
    expect(mode).to.equal(0o600);
    const config = readConfig(interpolated(shop.environment, values));
    const { MYSQL_DATABASE, MYSQL_USER, MYSQL_PASSWORD } = interpolated(mysql.environment, values);
    expect(config.database.url).to.equal(
      `mysql://${String(MYSQL_USER)}:${String(MYSQL_PASSWORD)}@mysql:3306/${String(MYSQL_DATABASE)}`,
    );
    expect(encodeURIComponent(String(MYSQL_PASSWORD))).to.equal(MYSQL_PASSWORD);
    expect(parseSigningKeys(config.jwtPrivateKey ?? '')).to.have.length(1);
    expect(config.administrator?.email.text).to.equal('owner@shop.example');
    expect(config.publicUrl).to.equal('http://localhost:3000');
  });

  for (const name of ['JWT_PRIVATE_KEY', 'MYSQL_PASSWORD', 'MYSQL_ROOT_PASSWORD'])
    it(`refuses to start without ${name}`, () => {
      const start = () => {
        for (const { environment } of [shop, mysql]) interpolated(environment, { ...values, [name]: '' });
      };
      expect(start).to.throw(`${name} is not set: see docs/docker.md`);
    });

  it('needs no administrator to start', () => {
    const { ADMIN_EMAIL: _email, ADMIN_PASSWORD: _password, ...others } = values;
    expect(readConfig(interpolated(shop.environment, others)).administrator).to.equal(null);
  });

  it("asks MySQL for its health by variables of MySQL's own", () => {
    const [how, command = ''] = mysql.healthcheck.test;
    expect(how).to.equal('CMD-SHELL');
    // Compose takes a single dollar for one of its own variables.
    const asked = [...command.matchAll(/(\$+)(\w+)/g)].map(([, dollars, name]) => [dollars, name]);
    const own = ['MYSQL_PASSWORD', 'MYSQL_USER', 'MYSQL_DATABASE'];
    expect(asked).to.deep.equal(own.map((name) => ['$$', name]));
    expect(mysql.environment).to.include.keys(own);
  });

  it('tells a shop that is ready from one that is not, and from none', async () => {
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
