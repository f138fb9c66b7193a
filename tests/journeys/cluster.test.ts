import { expect } from 'chai';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateSigningKey } from '#src/contexts/accounts/adapters/jwt/signing-keys.js';
import { onServer, openSqlDatabase, type OpenDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { galeraCluster, type GaleraCluster } from '../support/galera.js';
import { startServer, type RunningShop } from '../support/server-process.js';

const NOWHERE = '127.0.0.1:1';
const PASSWORD = 'the-password-of-the-database';

onServer('Galera', 'A built server', () => {
  let cluster: GaleraCluster;
  let database: OpenDatabase;
  let name: string;
  let folder: string;
  before(async () => {
    cluster = await galeraCluster();
    database = await openSqlDatabase('Galera', { migrated: false });
    name = database.url.replace(/.*[/]/, '');
    folder = await mkdtemp(join(tmpdir(), 'portico-cluster-'));
  });
  after(async () => {
    await database.close();
    await rm(folder, { recursive: true });
  });

  const start = (url: string): Promise<RunningShop> =>
    startServer({
      cwd: folder,
      environment: {
        DATABASE_URL: url,
        JWT_PRIVATE_KEY: generateSigningKey(),
        BCRYPT_COST: '4',
        DEMO_DATA: 'false',
      },
    });
  const statusOf = async ({ url }: RunningShop, path: string): Promise<number> =>
    (await fetch(`${url}${path}`)).status;

  it('A shop with a Galera cluster is not ready while its node has no majority, and is again when it has', async () => {
    const [one, , three] = cluster.nodes;
    const cut = await start(three.url(name));
    const other = await start(one.url(name));
    const becomes = (server: RunningShop, status: number): Promise<unknown> =>
      eventually(async () => (await statusOf(server, '/readyz')) === status, String(status));
    try {
      await becomes(cut, 200);
      await three.cutOff();
      try {
        await becomes(cut, 503);
        expect(await statusOf(cut, '/livez')).to.equal(200);
        expect(await statusOf(cut, '/products')).to.equal(503);
        await becomes(other, 200);
        expect(await statusOf(other, '/products')).to.equal(200);
      } finally {
        await three.rejoin();
      }
      await becomes(cut, 200);
      expect(await statusOf(cut, '/products')).to.equal(200);
    } finally {
      await Promise.all([cut.stop(), other.stop()]);
    }
  });

  it('A shop with a Galera cluster works with several hosts of which one is wrong, and says so once, without a password', async () => {
    const user = name;
    await database.admin(`CREATE USER ${user}@'127.0.0.1' IDENTIFIED BY '${PASSWORD}'`);
    await database.admin(`GRANT ALL ON ${name}.* TO ${user}@'127.0.0.1'`);
    const hosts = [NOWHERE, ...cluster.nodes.map(({ port }) => `127.0.0.1:${String(port)}`)];
    const server = await start(`mysql://${user}:${PASSWORD}@${hosts.join(',')}/${name}`);
    try {
      for (const path of ['/readyz', '/products']) expect(await statusOf(server, path)).to.equal(200);
    } finally {
      const { stdout, stderr } = await server.stop();
      const warnings = stderr
        .split('\n')
        .filter((line) => line.includes('a host of the database is unreachable'));
      expect(warnings).to.have.length(1);
      expect(JSON.parse(warnings[0] ?? '')).to.include({ level: 'warn', host: NOWHERE });
      expect(stdout + stderr).not.to.contain(PASSWORD);
      await database.admin(`DROP USER ${user}@'127.0.0.1'`);
    }
  });
});
