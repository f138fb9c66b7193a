import { expect } from 'chai';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateSigningKey } from '#src/contexts/accounts/adapters/jwt/signing-keys.js';
import { runProgram, startServer, type Ended, type RunningShop } from '../support/server-process.js';
import { killStarted } from '../support/started-processes.js';

const KEY = generateSigningKey();
const ADMIN = { email: 'owner@shop.test', password: 'an owner needs a password' };
const ENVIRONMENT = {
  ADMIN_EMAIL: ADMIN.email,
  ADMIN_PASSWORD: ADMIN.password,
  BCRYPT_COST: '4',
  DEMO_DATA: 'false',
};

describe('A backup of the embedded database', () => {
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'portico-backup-'))));
  afterEach(async () => {
    await killStarted();
    await rm(folder, { recursive: true });
  });

  const start = (): Promise<RunningShop> =>
    startServer({ cwd: folder, environment: ENVIRONMENT, umask: '022' });
  const admin = async (args: string[], environment: Record<string, string> = {}): Promise<Ended> =>
    (await runProgram('admin', { cwd: folder, args, environment, umask: '022' })).ended;
  const refuses = async (args: string[], complaint: RegExp, environment?: Record<string, string>) => {
    const { code, stdout, stderr } = await admin(args, environment);
    expect({ code, stdout }, stderr).to.deep.equal({ code: 1, stdout: '' });
    expect(stderr)
      .to.match(complaint)
      .and.to.match(/^[^\n]*\n$/);
  };
  const rightsOf = async (name: string) => (await stat(join(folder, name))).mode & 0o777;

  const call = async ({ url }: RunningShop, path: string, token: string, json?: object) => {
    const answer = await fetch(`${url}${path}`, {
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
      ...(json && { method: 'POST', body: JSON.stringify(json) }),
    });
    return (await answer.json()) as { accessToken: string; items: { name: string }[] };
  };
  const logIn = async (shop: RunningShop) => (await call(shop, '/auth/login', '', ADMIN)).accessToken;

  it('A backup of the embedded database is made while the shop runs, for its owner only, and restored where there is no database', async () => {
    const shop = await start();
    const token = await logIn(shop);
    await call(shop, '/categories', token, { name: 'Before' });
    const { code, stdout, stderr } = await admin(['backup', 'copy.db']);
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
    expect(stdout).to.contain(join(folder, 'copy.db'));
    expect(await rightsOf('copy.db')).to.equal(0o600);
    await call(shop, '/categories', token, { name: 'After' });

    await refuses(['restore', 'copy.db'], /existing files are not overwritten.*portico\.db/);
    await shop.stop();
    await refuses(['restore', 'copy.db'], /existing files are not overwritten.*portico\.db/);
    await rename(join(folder, 'data'), join(folder, 'old'));
    expect(await admin(['restore', 'copy.db'])).to.include({ code: 0, stderr: '' });
    expect([await rightsOf('data'), await rightsOf('data/portico.db')]).to.deep.equal([0o700, 0o600]);

    const again = await start();
    const { items } = await call(again, '/categories', await logIn(again));
    expect(items.map(({ name }) => name)).to.deep.equal(['Before']);
    expect((await again.stop()).stdout).to.contain('as before');
    expect((await readdir(join(folder, 'data'))).filter((name) => name.includes('restored'))).to.deep.equal(
      [],
    );
  });

  it('A backup of the embedded database overwrites no file, and leaves none when it fails', async () => {
    await refuses(['backup', 'copy.db'], /^there is no file .*portico\.db/);
    expect(existsSync(join(folder, 'data')), 'a database that nobody asked for').to.equal(false);
    await (await start()).stop();
    await writeFile(join(folder, 'precious'), 'words');
    await refuses(['backup', 'precious'], /precious already exists and is not overwritten/);
    expect(await readFile(join(folder, 'precious'), 'utf8')).to.equal('words');
    await refuses(['backup', 'data'], /data already exists and is not overwritten/);
    await refuses(['backup', 'missing/copy.db'], /folder of .*missing\/copy\.db does not exist/);
    await writeFile(
      join(folder, 'data', 'portico.db'),
      'no database, but a text that is longer than a header',
    );
    await rm(join(folder, 'data', 'portico.db-wal'), { force: true });
    await refuses(['backup', 'copy.db'], /can't be copied/);
    expect(existsSync(join(folder, 'copy.db'))).to.equal(false);
  });

  it('A backup of the embedded database takes no name of a journal, neither of the database, by whatever way, nor of an older backup', async () => {
    const shop = await start();
    const token = await logIn(shop);
    await symlink('data', join(folder, 'link'));
    for (const place of ['data', 'link'])
      await refuses(['backup', `${place}/portico.db-journal`], /is the name of a journal of the database/);
    await call(shop, '/categories', token, { name: 'Written afterwards' });
    expect((await call(shop, '/categories', token)).items).to.have.length(1);
    await shop.stop();
    for (const suffix of ['-wal', '-shm', '-journal'])
      await refuses(['backup', `data/portico.db${suffix}`], /is the name of a journal of the database/);

    await writeFile(join(folder, 'copy.db-wal'), 'of an older backup');
    await refuses(['backup', 'copy.db'], /move away .*copy\.db-wal/);
    expect(existsSync(join(folder, 'copy.db'))).to.equal(false);
  });

  it('A backup of the embedded database is not restored from what is no shop, nor beside the journal of another database', async () => {
    await writeFile(
      join(folder, 'text'),
      'no database, but a text that is longer than a header of one, for sure',
    );
    await refuses(['restore', 'text'], /text can't be copied/);
    await writeFile(join(folder, 'empty'), '');
    await refuses(['restore', 'empty'], /it contains no shop/);
    await refuses(['restore', 'nothing'], /there is no file .*nothing/);
    expect(await readdir(join(folder, 'data'))).to.deep.equal([]);
    await writeFile(join(folder, 'data', 'portico.db-wal'), '');
    await refuses(['restore', 'text'], /existing files are not overwritten.*portico\.db-wal/);
  });

  it('A backup of the embedded database is for the embedded database only', async () => {
    for (const url of ['mysql://root@127.0.0.1/shop', 'postgres://u@127.0.0.1/shop', 'memory:'])
      for (const command of ['backup', 'restore'])
        await refuses([command, 'copy.db'], /only the embedded database/, {
          DATABASE_URL: url,
          JWT_PRIVATE_KEY: KEY,
        });
  });
});
