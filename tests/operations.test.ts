import { expect } from 'chai';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateSigningKey } from '#src/contexts/accounts/adapters/jwt/signing-keys.js';
import { ROOT } from './support/documents.js';
import { createMariadbDatabase, mariadbMissing, type TestDatabase } from './support/mariadb.js';
import { codeBlocks } from './support/markdown.js';
import { startServer } from './support/server-process.js';

const FILE = 'docs/operations.md';

/** The statements with which operators are told to make database and user, for other names than the documented ones. */
const statements = async (name: string): Promise<readonly string[]> => {
  const [block] = codeBlocks(FILE, await readFile(join(ROOT, FILE), 'utf8')).filter(
    ({ language }) => language === 'sql',
  );
  return (block?.code ?? '')
    .replaceAll('portico', name)
    .split(';')
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
};

describe('A database made as operators are told to', function () {
  this.timeout(120_000);
  const name = `portico_operator_${String(process.pid)}`;
  let server: TestDatabase;
  let folder: string;

  before(async function () {
    if (mariadbMissing !== null) {
      if (process.env['CI'] === 'true') throw new Error(mariadbMissing);
      this.skip();
    }
    server = await createMariadbDatabase();
    folder = await mkdtemp(join(tmpdir(), 'portico-operations-'));
  });

  after(async () => {
    if (mariadbMissing !== null) return;
    await server.admin(`DROP DATABASE IF EXISTS ${name}`);
    await server.admin(`DROP USER IF EXISTS '${name}'@'%'`);
    await server.drop();
    await rm(folder, { recursive: true });
  });

  it('has all that the shop needs to migrate it and to make its administrator', async () => {
    const all = await statements(name);
    expect(all).to.have.length(3);
    for (const statement of all) await server.admin(statement);

    const url = new URL(server.url);
    url.username = name;
    url.password = 'change-me';
    url.pathname = `/${name}`;
    const administrator = { email: 'owner@shop.test', password: 'a long enough password' };
    const shop = await startServer({
      cwd: folder,
      environment: {
        DATABASE_URL: url.href,
        JWT_PRIVATE_KEY: generateSigningKey(),
        ADMIN_EMAIL: administrator.email,
        ADMIN_PASSWORD: administrator.password,
        BCRYPT_COST: '4',
      },
    });
    try {
      const login = await fetch(`${shop.url}/auth/login`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(administrator),
      });
      expect(login.status).to.equal(200);
      expect((await fetch(`${shop.url}/readyz`)).status).to.equal(200);
    } finally {
      await shop.stop();
    }
  });
});
