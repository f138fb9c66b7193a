import { expect } from 'chai';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateSigningKey } from '#src/contexts/accounts/adapters/jwt/signing-keys.js';
import { ROOT } from './support/documents.js';
import {
  onEveryServer,
  openSqlDatabase,
  type OpenDatabase,
  type LoneServerName,
} from './support/databases.js';
import { codeBlocks } from './support/markdown.js';
import { startServer } from './support/server-process.js';

const FILE = 'docs/operations.md';

const SERVERS: readonly LoneServerName[] = ['MariaDB', 'PostgreSQL'];

/** The statements with which operators are told to make database and user, for other names than the documented ones. */
const statements = async (server: LoneServerName, name: string): Promise<readonly string[]> => {
  const blocks = codeBlocks(FILE, await readFile(join(ROOT, FILE), 'utf8')).filter(
    ({ language }) => language === 'sql',
  );
  expect(blocks).to.have.length(SERVERS.length);
  return (blocks[SERVERS.indexOf(server)]?.code ?? '')
    .replaceAll('portico', name)
    .split(';')
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
};

const DROP: Readonly<Record<LoneServerName, (name: string) => readonly string[]>> = {
  MariaDB: (name) => [`DROP DATABASE IF EXISTS ${name}`, `DROP USER IF EXISTS '${name}'@'%'`],
  PostgreSQL: (name) => [`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`, `DROP ROLE IF EXISTS ${name}`],
};

onEveryServer('A database made as the documentation says', (serverName) => {
  const name = `portico_operator_${String(process.pid)}`;
  let server: OpenDatabase;
  let folder: string;

  before(async () => {
    server = await openSqlDatabase(serverName, { migrated: false });
    folder = await mkdtemp(join(tmpdir(), 'portico-operations-'));
  });

  after(async () => {
    for (const statement of DROP[serverName](name)) await server.admin(statement);
    await server.close();
    await rm(folder, { recursive: true });
  });

  it('A database made as the documentation says has all that the shop needs to migrate it and to make its administrator', async () => {
    const all = await statements(serverName, name);
    expect(all).to.have.length.above(1);
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
