import { expect } from 'chai';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sequelizeOutboxRepository } from '#src/platform/outbox/sequelize-outbox-repository.js';
import { openSqlDatabase } from '../support/databases.js';
import { runProgram, type Ended } from '../support/server-process.js';

describe('The command line of a shop that runs as services', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'portico-services-'))));
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const run = async (
    program: 'admin' | 'rotate-keys',
    environment: Record<string, string>,
    ...args: string[]
  ): Promise<Ended> => (await runProgram(program, { cwd: folder, environment, args })).ended;
  const admin = (environment: Record<string, string>, ...args: string[]) =>
    run('admin', environment, ...args);

  it('The command line of a shop that runs as services works on the database of the service', async () => {
    const { code, stdout } = await admin({ SERVICE: 'product' }, 'seed-demo');
    expect([code, stdout]).to.deep.equal([0, 'the demo catalogue is added: 8 products\n']);
    expect(readdirSync(join(folder, 'data', 'services'))).to.include('product.db');
    const { stderr } = await admin({ SERVICE: 'user' }, 'promote', 'a@shop.test');
    expect(stderr).to.contain('there is no account with the e-mail address a@shop.test\n');
  });

  it('The command line of a shop that runs as services names the service that a command needs, and creates no database', async () => {
    for (const [service, needed, ...args] of [
      ['product', 'user', 'create', 'a@shop.test'],
      ['gateway', 'user', 'create', 'a@shop.test'],
      ['user', 'product', 'seed-demo'],
    ] as const)
      expect(await admin({ SERVICE: service }, ...args)).to.deep.include({
        code: 1,
        stdout: '',
        stderr: `${args[0]} needs SERVICE=${needed}, or no SERVICE if the shop is one process\n`,
      });
    for (const args of ['outbox list', 'backup backup.db'].map((words) => words.split(' ')))
      expect(await admin({ SERVICE: 'gateway' }, ...args)).to.deep.include({
        code: 1,
        stderr: 'SERVICE=gateway has no database: set it to one of user, customer, product, transaction\n',
      });
    expect((await run('rotate-keys', { SERVICE: 'product' })).stderr).to.match(
      /^the signing keys are those of the user service: .*SERVICE=user\n$/,
    );
    expect(existsSync(join(folder, 'data'))).to.equal(false);
  });

  it('The command line of a shop that runs as services unsubscribes none of its services', async () => {
    const database = await openSqlDatabase('SQLite');
    try {
      await database.transact(async (scope) => {
        for (const subscriber of ['service-user', 'service-of-before'])
          await sequelizeOutboxRepository(scope).subscribe({ subscriber, types: ['order.placed'] });
      });
      const environment = { SERVICE: 'transaction', DATABASE_URL: database.url };
      expect(await admin(environment, 'outbox', 'unsubscribe', 'service-user')).to.deep.include({
        code: 1,
        stderr: 'service-user is part of the shop and cannot be unsubscribed\n',
      });
      const { stdout } = await admin(environment, 'outbox', 'unsubscribe', 'service-of-before');
      expect(stdout).to.match(/^service-of-before is unsubscribed/);
    } finally {
      await database.close();
    }
  });
});
