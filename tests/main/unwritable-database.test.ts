import { expect } from 'chai';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newId } from '../support/builders/ids.js';
import { onEveryServer, openSqlDatabase } from '../support/databases.js';
import { makeReadOnly } from '../support/read-only.js';
import { runProgram, startServer } from '../support/server-process.js';
import { killStarted } from '../support/started-processes.js';
import { testShop } from '../support/test-shop.js';

/** Why a shop does not start; empty if it does. */
const complaint = async (url: string): Promise<string> => {
  try {
    const shop = await testShop({ environment: { DATABASE_URL: url } });
    await shop.close();
    return '';
  } catch (error) {
    return (error as Error).message;
  }
};

describe('A database file that can not be written', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'portico-unwritable-'));
    file = join(folder, 'shop.db');
  });
  afterEach(async () => {
    await killStarted();
    await rm(folder, { recursive: true });
  });

  const refused = (reason = ''): RegExp => new RegExp(`^DATABASE_URL names .*${file}.*${reason}`);

  /** Skips the test where nothing can be made read-only. */
  const whileReadOnly = async (test: Mocha.Context, path: string, look: () => Promise<void>) => {
    const undo = await makeReadOnly(path);
    if (undo === null) return test.skip();
    try {
      await look();
    } finally {
      await undo();
    }
  };

  it('A database file that can not be written stops the start, be it read-only itself or in a folder that is', async function () {
    expect(await complaint(`sqlite:${file}`)).to.equal('');
    for (const path of [file, folder])
      await whileReadOnly(this, path, async () => {
        expect(await complaint(`sqlite:${file}`)).to.match(refused('E(?:ROFS|ACCES)'));
      });
    expect(await complaint(`sqlite:${file}`)).to.equal('');
  });

  it('A database file that can not be written stops the start when only its journal is read-only', async function () {
    await writeFile(`${file}-wal`, '');
    await whileReadOnly(this, `${file}-wal`, async () => {
      expect(await complaint(`sqlite:${file}`)).to.match(refused('shop.db-wal'));
    });
  });

  it('A database file that can not be written stops the start when there is none yet, and its folder is read-only', async function () {
    await whileReadOnly(this, folder, async () => {
      expect(await complaint(`sqlite:${file}`)).to.match(refused());
    });
    expect(existsSync(file)).to.equal(false);
  });

  it('A database file that was moved away under a running shop is not created again, and the shop goes on when it is back', async () => {
    const shop = await testShop({ environment: { DATABASE_URL: `sqlite:${file}` } });
    try {
      const { token } = await shop.signUp();
      const change = () => shop.patch('/auth/me', { token, json: { name: 'Ada' } });
      await rename(file, `${file}.away`);
      // Of what is read, only a search opens the file anew.
      const search = `/audit-log?actor=${newId()}&action=user.login_failed`;
      for (const { status, body } of [await change(), await shop.get(search, { token: shop.adminToken })])
        expect([status, body.code]).to.deep.equal([503, 'database_unavailable']);
      expect(existsSync(file)).to.equal(false);
      await rename(`${file}.away`, file);
      expect((await change()).status).to.equal(200);
    } finally {
      await shop.close();
    }
  });

  it('A database file that can not be written stops the start when it is a folder, or its folder a file', async () => {
    await mkdir(file);
    expect(await complaint(`sqlite:${file}`)).to.match(refused());
    await writeFile(join(folder, 'text'), '');
    expect(await complaint(`sqlite:${join(folder, 'text', 'shop.db')}`)).to.match(
      /^DATABASE_URL names .*text/,
    );
  });

  it('A database file that can not be written ends the built server with one line that names it', async function () {
    const environment = { DATABASE_URL: `sqlite:${file}`, BCRYPT_COST: '4', DEMO_DATA: 'false' };
    await (await startServer({ cwd: folder, environment })).stop();
    await whileReadOnly(this, file, async () => {
      const { code, stdout, stderr } = await (await runProgram('server', { cwd: folder, environment })).ended;
      expect({ code, stdout }).to.deep.equal({ code: 1, stdout: '' });
      expect(stderr).to.match(new RegExp(`^portico: DATABASE_URL .*${file}.*\n$`));
    });
  });
});

onEveryServer('A database whose user may only read', (name) => {
  it('A database whose user may only read stops the start', async () => {
    const database = await openSqlDatabase(name);
    try {
      const url = new URL(database.url);
      const schema = url.pathname.slice(1);
      const user = `reader_${schema}`.slice(0, 32);
      url.username = user;
      if (name === 'MariaDB') {
        await database.admin(`CREATE USER ${user}@'%'`);
        await database.admin(`GRANT SELECT ON ${schema}.* TO ${user}@'%'`);
      } else {
        await database.admin(`CREATE ROLE ${user} LOGIN`);
        await database.sequelize.query(`GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${user}`);
      }
      expect(await complaint(url.href)).to.match(/^DATABASE_URL names a database that can't be written: /);
      if (name === 'PostgreSQL') await database.sequelize.query(`DROP OWNED BY ${user}`);
      await database.admin(name === 'MariaDB' ? `DROP USER ${user}@'%'` : `DROP ROLE ${user}`);
    } finally {
      await database.close();
    }
  });
});
