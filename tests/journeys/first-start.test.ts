import { expect } from 'chai';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateSigningKey } from '#src/contexts/accounts/adapters/jwt/signing-keys.js';
import { onEveryServer, openSqlDatabase, type OpenDatabase } from '../support/databases.js';
import { runProgram, startServer, type RunningShop } from '../support/server-process.js';
import { killStarted } from '../support/started-processes.js';

const ADMIN = { email: 'owner@shop.test', password: 'an owner needs a password' };

onEveryServer('The first start on a server', (name) => {
  let database: OpenDatabase;
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'portico-first-'));
    database = await openSqlDatabase(name, { migrated: false });
  });
  afterEach(async () => {
    await killStarted();
    await database.close();
    await rm(folder, { recursive: true });
  });

  const environment = (): Record<string, string> => ({
    DATABASE_URL: database.url,
    JWT_PRIVATE_KEY: generateSigningKey(),
    BCRYPT_COST: '4',
  });
  const admin = async (...args: string[]) =>
    (
      await runProgram('admin', {
        cwd: folder,
        args,
        environment: { ...environment(), NEW_PASSWORD: ADMIN.password },
      })
    ).ended;
  const productsOf = async ({ url }: RunningShop): Promise<number> =>
    ((await (await fetch(`${url}/products`)).json()) as { items: unknown[] }).items.length;

  it('The first start on a server says that there is no administrator and how to make one, and puts nothing on sale', async () => {
    const server = await startServer({ cwd: folder, environment: environment() });
    await server.says(/Administrator +none yet: create one with npm run admin -- create EMAIL/);
    expect(await productsOf(server)).to.equal(0);
    await server.stop();
  });

  it('The first start on a server goes on with the administrator and the demo catalogue that commands have made', async () => {
    expect(await admin('create', ADMIN.email)).to.include({ code: 0 });
    expect(await admin('seed-demo')).to.include({ code: 0 });
    const server = await startServer({ cwd: folder, environment: environment() });
    await server.says(/Administrator +as before/);
    expect(await productsOf(server)).to.equal(8);
    const { status } = await fetch(`${server.url}/auth/login`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(ADMIN),
    });
    expect(status).to.equal(200);
    await server.stop();
  });
});
