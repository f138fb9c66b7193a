import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { ROOT } from '../support/documents.js';
import { startServer, type RunningShop } from '../support/server-process.js';

const run = promisify(execFile);
const COLLECTION = 'docs/postman/portico.postman_collection.json';
const ENVIRONMENT = 'docs/postman/portico.postman_environment.json';
const ADMIN = { email: 'owner@shop.test', password: 'an owner needs a password' };

interface Item {
  readonly name: string;
  readonly request: { readonly method: string; readonly url: { readonly path: readonly string[] } };
}

interface Summary {
  readonly stats: Readonly<Record<string, { readonly total: number; readonly failed: number }>>;
  readonly failures: readonly {
    readonly source: { readonly name: string };
    readonly error: { readonly message: string };
  }[];
}

const read = async (file: string): Promise<unknown> => JSON.parse(await readFile(join(ROOT, file), 'utf8'));

describe('The Postman collection', () => {
  let folder: string;
  let shop: RunningShop;
  let items: readonly Item[];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'portico-postman-'));
    shop = await startServer({
      cwd: folder,
      environment: {
        ADMIN_EMAIL: ADMIN.email,
        ADMIN_PASSWORD: ADMIN.password,
        BCRYPT_COST: '4',
        RATE_LIMITS: 'on',
      },
    });
    const { item: folders } = (await read(COLLECTION)) as {
      readonly item: readonly { readonly item: readonly Item[] }[];
    };
    items = folders.flatMap(({ item }) => item);
  });
  after(async () => {
    await shop.stop();
    await rm(folder, { recursive: true });
  });

  /** Runs the collection with newman as its documentation says, and returns the summary. */
  const newman = async (variables: Readonly<Record<string, string>>): Promise<Summary> => {
    const report = join(folder, 'report.json');
    const set = Object.entries(variables).flatMap(([name, value]) => ['--env-var', `${name}=${value}`]);
    const reporters = ['--reporters', 'json', '--reporter-json-export', report];
    const args = ['run', COLLECTION, '--environment', ENVIRONMENT, ...set, ...reporters];
    // Its status is 1 if a check fails; the report says which.
    await run(join(ROOT, 'node_modules/.bin/newman'), args, { cwd: ROOT }).catch(() => undefined);
    return (JSON.parse(await readFile(report, 'utf8')) as { readonly run: Summary }).run;
  };

  it('The Postman collection has a request for each operation of the document', async () => {
    const { paths } = (await read('docs/openapi.json')) as {
      readonly paths: Readonly<Record<string, Readonly<Record<string, object>>>>;
    };
    const operations = Object.entries(paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`),
    );
    const requested = new Set(
      items.map(({ request: { method, url } }) => `${method} /${url.path.join('/')}`),
    );
    expect(operations.filter((operation) => !requested.has(operation))).to.deep.equal([]);
  });

  it('The Postman collection runs from the sign-up to a delivered order without a failure, and again', async () => {
    for (const time of ['first', 'second']) {
      const { stats, failures } = await newman({
        baseUrl: shop.url,
        adminEmail: ADMIN.email,
        adminPassword: ADMIN.password,
      });
      const failed = failures.map(({ source, error }) => `${source.name}: ${error.message}`);
      expect(failed, `${time} run`).to.deep.equal([]);
      expect(stats['requests']).to.deep.include({ total: items.length, failed: 0 });
      expect(stats['assertions']?.total).to.be.greaterThan(items.length);
    }
  });

  it('The Postman collection fails when the administrator’s password is missing', async () => {
    const { failures } = await newman({ baseUrl: shop.url });
    const failed = new Set(failures.map(({ source }) => source.name));
    expect(failed).to.include('Log in as an administrator').and.not.to.include('Place an order for my cart');
  });
});
