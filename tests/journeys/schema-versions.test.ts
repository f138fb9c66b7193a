import { expect } from 'chai';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateSigningKey } from '#src/contexts/accounts/adapters/jwt/signing-keys.js';
import { allRows } from '../platform/database/schema.js';
import { onEverySqlDatabase, openSqlDatabase, type OpenDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { runProgram, startServer, type Ended } from '../support/server-process.js';
import { killStarted } from '../support/started-processes.js';

const LATER = '29990101000000-later.cjs';

onEverySqlDatabase('A built program and a schema of another version', function (name) {
  let database: OpenDatabase;
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'portico-schema-'));
    database = await openSqlDatabase(name);
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
    DEMO_DATA: 'false',
  });
  const become = (schema: string): Promise<unknown> =>
    database.sequelize.getQueryInterface().bulkInsert('SequelizeMeta', [{ name: schema }]);
  const lose = (schema: string): Promise<unknown> =>
    database.sequelize.getQueryInterface().bulkDelete('SequelizeMeta', { name: schema });

  for (const [program, ...args] of [['server'], ['admin', 'create', 'second@shop.test']] as const) {
    it(`A built program with a schema of another version does not start the ${program} on a later one: it says so in one line and writes nothing`, async () => {
      await become(LATER);
      const before = await allRows(database.sequelize);
      const ended: Ended = await (
        await runProgram(program, { cwd: folder, args, environment: { PORT: '0', ...environment() } })
      ).ended;
      expect(ended).to.include({ code: 1, stdout: '' });
      expect(ended.stderr).to.match(/^.*the database is of a later version of Portico: .*later\.cjs$/m);
      expect(await allRows(database.sequelize)).to.deep.equal(before);
    });
  }

  it('A built program with a schema of another version goes on serving when it becomes a later one, and is not ready while it is an earlier one; the log says so', async () => {
    const server = await startServer({ cwd: folder, environment: environment() });
    const readiness = async (): Promise<number> => (await fetch(`${server.url}/readyz`)).status;
    const logged = (pattern: RegExp) => eventually(() => pattern.test(server.stderr()), String(pattern));
    await become(LATER);
    expect(await readiness()).to.equal(200);
    await logged(/later version of Portico.*29990101000000-later\.cjs/);
    await lose(LATER);
    await lose('20260201000100-outbox.cjs');
    expect(await readiness()).to.equal(503);
    await logged(/the schema is behind; missing migrations: 20260201000100-outbox\.cjs/);
    await become('20260201000100-outbox.cjs');
    expect(await readiness()).to.equal(200);
  });
});
