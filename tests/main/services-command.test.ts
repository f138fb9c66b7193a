import { expect } from 'chai';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '#src/main/config/index.js';
import { reopen, splitShop } from '#src/main/move/move-shop.js';
import { createShop } from '#src/main/shop.js';
import { testShop, testVariables } from '#src/main/test-shop.js';
import { backUpFile } from '#src/platform/database/backup-file.js';
import { connect } from '#src/platform/database/connect.js';
import { onEveryServer, openSqlDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { client } from '../support/http-client.js';
import { runProgram, startServer, type Ended } from '../support/server-process.js';

const MOVED = /^\d+ rows are moved, in [\d.]+ s: start the shop/;

describe('The command that moves a shop', function () {
  this.timeout(180_000);
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'portico-command-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const admin = async (args: string[], environment: Record<string, string> = {}): Promise<Ended> =>
    (await runProgram('admin', { cwd: folder, args, environment: { BCRYPT_COST: '4', ...environment } }))
      .ended;
  /** Fails unless the command ends well. */
  const done = async (args: string[], environment: Record<string, string> = {}): Promise<string> => {
    const { code, stdout, stderr } = await admin(args, environment);
    expect(code, stderr).to.equal(0);
    return stdout;
  };
  /** Runs a command that has to fail with one line, which it returns. */
  const refusal = async (args: string[], environment: Record<string, string> = {}): Promise<string> => {
    const { code, stdout, stderr } = await admin(args, environment);
    expect([code, stdout]).to.deep.equal([1, '']);
    expect(stderr.trim().split('\n')).to.have.length(1);
    return stderr;
  };
  const aShop = () => done(['seed-demo']);
  it('The command that moves a shop moves it to the folder of the services, and back', async () => {
    await aShop();
    expect(await done(['services', 'split'])).to.match(MOVED);
    expect(await refusal(['outbox', 'list'])).to.contain('was moved to others');
    await done(['create', 'two@shop.test'], { SERVICE: 'user' });
    expect(await refusal(['services', 'merge']))
      .to.contain('it is not empty')
      .and.contain('portico.db');
    const whole = { DATABASE_URL: 'sqlite:./data/merged.db' };
    expect(await done(['services', 'merge'], whole)).to.match(MOVED);
    expect(await refusal(['outbox', 'list'], { SERVICE: 'user' })).to.contain('was moved to others');
    expect(await refusal(['create', 'two@shop.test'], whole)).to.contain('already exists');
    expect(await refusal(['services', 'split'], { SERVICE: 'user' })).to.contain('SERVICE must be unset');
    expect(await done(['services', 'reopen'], { SERVICE: 'user' })).to.contain(
      'starts on this database again',
    );
  });

  it('The command that moves a shop refuses one that is served, which goes on', async () => {
    await aShop();
    const shop = await startServer({ cwd: folder, environment: { BCRYPT_COST: '4' } });
    expect(await refusal(['services', 'split'])).to.contain('it is in use: stop the shop');
    expect((await fetch(`${shop.url}/readyz`)).status).to.equal(200);
    await shop.stop();
    expect(await done(['services', 'split'])).to.match(MOVED);
  });

  /** Executes statements in a file, and returns a copy of it that this process does not have open. */
  const changed = async (
    file: string,
    environment: Record<string, string>,
    statements: readonly string[],
  ): Promise<string> => {
    const sequelize = connect({ url: `sqlite:${join(folder, file)}`, currency: 'USD' });
    for (const sql of statements) await sequelize.query(sql);
    await done(['backup', 'changed.db'], environment);
    await sequelize.close();
    return 'sqlite:changed.db';
  };
  const MANY = 30_000;
  const MANY_ENTRIES = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${String(MANY)})
    INSERT INTO audit_entries (id, at, "actorId", action, "subjectId", "addressHash")
    SELECT printf('0190a2b4-5c6d-7e8f-9a0b-%012d', i), '2026-01-01 00:00:00.000 +00:00', NULL, 'test', NULL, NULL FROM n`;
  const entriesIn = async (file: string): Promise<number> => {
    const target = connect({ url: `sqlite:${join(folder, file)}`, currency: 'USD' });
    try {
      const [rows] = await target.query('SELECT COUNT(*) AS counted FROM audit_entries');
      return Number((rows as { counted: number }[])[0]?.counted);
    } catch {
      return 0; // not there yet
    } finally {
      await target.close();
    }
  };
  /** Kills the command when some of the entries are in `target`, and not all. */
  const killWhileFilling = async (
    args: string[],
    target: string,
    environment: Record<string, string>,
  ): Promise<void> => {
    const program = await runProgram('admin', { cwd: folder, args, environment });
    await eventually(
      async () => existsSync(join(folder, target)) && (await entriesIn(target)) > 0,
      'the first rows',
    );
    program.process.kill('SIGKILL');
    await program.ended;
    expect(await entriesIn(target)).to.be.below(MANY);
  };

  it('The command that moves a shop and is killed goes on when it is run again, and moves every row', async () => {
    await aShop();
    const given = { DATABASE_URL: await changed('data/portico.db', {}, [MANY_ENTRIES]), BCRYPT_COST: '4' };
    const target = 'data/services/user.db';
    await killWhileFilling(['services', 'split'], target, given);
    expect(await refusal(['outbox', 'list'], given)).to.contain('run the command that began it again');
    expect(await refusal(['outbox', 'list'], { SERVICE: 'user' })).to.contain('an incomplete copy');
    expect(await done(['services', 'split'], given)).to.match(MOVED);
    expect(await entriesIn(target)).to.equal(MANY);
    expect(await refusal(['services', 'split'], given)).to.contain('was moved already');
    expect(await done(['outbox', 'list'], { SERVICE: 'user' })).not.to.equal('');
  });

  it('The command that moves a shop ends without it where the database is reopened meanwhile', async () => {
    await aShop();
    const given = { DATABASE_URL: await changed('data/portico.db', {}, [MANY_ENTRIES]), BCRYPT_COST: '4' };
    const target = 'data/services/user.db';
    const program = await runProgram('admin', {
      cwd: folder,
      args: ['services', 'split'],
      environment: given,
    });
    await eventually(
      async () => existsSync(join(folder, target)) && (await entriesIn(target)) > 0,
      'the first rows',
    );
    program.process.kill('SIGSTOP'); // nothing is copied while the other command runs
    await done(['services', 'reopen'], given);
    program.process.kill('SIGCONT');
    expect((await program.ended).stderr).to.contain('was reopened while its data was moved');
    expect(await done(['outbox', 'list'], given)).not.to.equal('');
    expect(await refusal(['outbox', 'list'], { SERVICE: 'user' })).to.contain('an incomplete copy');
  });

  it('The command that moves a shop back and is killed goes on when it is run again, and moves every row', async () => {
    await aShop();
    await done(['services', 'split']);
    const user = await changed('data/services/user.db', { SERVICE: 'user' }, [MANY_ENTRIES]);
    const given = { DATABASE_URL: 'sqlite:./merged.db', USER_DATABASE_URL: user, BCRYPT_COST: '4' };
    await killWhileFilling(['services', 'merge'], 'merged.db', given);
    expect(await refusal(['outbox', 'list'], given)).to.contain('an incomplete copy');
    expect(await refusal(['outbox', 'list'], { SERVICE: 'customer' })).to.contain(
      'run the command that began it again',
    );
    expect(await done(['services', 'merge'], given)).to.match(MOVED);
    expect(await entriesIn('merged.db')).to.equal(MANY);
    expect(await done(['outbox', 'list'], given)).not.to.equal('');
  });

  it('The command that moves a shop and is killed when no database is served any more goes on when it is run again', async () => {
    await aShop();
    await done(['services', 'split']);
    const sequelize = connect({ url: `sqlite:${join(folder, 'data/services/product.db')}`, currency: 'USD' });
    await sequelize.query(
      "UPDATE shop_settings SET value = REPLACE(value, 'arrived', 'arriving') WHERE name = 'move'",
    );
    await sequelize.close();
    expect(await refusal(['outbox', 'list'], { SERVICE: 'product' })).to.contain('an incomplete copy');
    expect(await refusal(['outbox', 'list'])).to.contain('was moved to others');
    expect(await done(['services', 'split'])).to.match(MOVED);
    expect(await done(['outbox', 'list'], { SERVICE: 'product' })).not.to.equal('');
  });

  it('The command that moves a shop back refuses while an event between services is dead-lettered, and they start again', async () => {
    await aShop();
    await done(['services', 'split']);
    const product = await changed('data/services/product.db', { SERVICE: 'product' }, [
      `INSERT INTO outbox_subscriptions (subscriber, types) VALUES ('service-transaction', '[]') ON CONFLICT DO NOTHING`,
      `INSERT INTO outbox_deliveries ("eventId", subscriber, aggregate, "aggregateId", version, sequence, type, state, "dueAt", attempts)
       SELECT id, 'service-transaction', aggregate, "aggregateId", version, sequence, type, 'dead_lettered', 0, 10
       FROM outbox_events LIMIT 1`,
    ]);
    const given = { DATABASE_URL: 'sqlite:./merged.db', PRODUCT_DATABASE_URL: product };
    expect(await refusal(['services', 'merge'], given))
      .to.contain('1 dead-lettered events of product')
      .and.contain('wait for an operator');
    for (const environment of [
      { SERVICE: 'user' },
      { SERVICE: 'product', DATABASE_URL: product },
      { SERVICE: 'transaction' },
    ])
      expect(await done(['outbox', 'list'], environment)).not.to.equal('');
  });
});

describe('A move that is refused', function () {
  this.timeout(180_000);
  let folder: string;
  let template: string;
  let given: Record<string, string>;
  before(async () => {
    // By a process of its own: a file that this one has opened stays in use until the connection is collected.
    template = await mkdtemp(join(tmpdir(), 'portico-template-'));
    const made = await runProgram('admin', { cwd: template, args: ['seed-demo'] });
    expect((await made.ended).code).to.equal(0);
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'portico-refused-'));
    await cp(join(template, 'data'), folder, { recursive: true });
    given = { ...testVariables(), DATABASE_URL: `sqlite:${join(folder, 'portico.db')}`, DATA_DIR: folder };
  });
  afterEach(() => rm(folder, { recursive: true }));
  after(() => rm(template, { recursive: true }));

  /** Splits the shop; it has to be refused by one line, which this returns. */
  const refusal = async (variables: Record<string, string> = {}): Promise<string> => {
    const environment = { ...given, ...variables };
    const error = await splitShop(readConfig(environment), environment).then(
      () => expect.fail('moved'),
      (reason: unknown) => reason as Error,
    );
    expect(error.message.split('\n')).to.have.length(1);
    return error.message;
  };
  /** The shop can be served, and still has what it had. */
  const isUntouched = async (): Promise<void> => {
    const shop = await testShop({}, given);
    const { status, body } = await client(shop.url, shop.http.openApi).get('/products?limit=1');
    await shop.close();
    expect([status, (body.items as unknown[]).length]).to.deep.equal([200, 1]);
  };
  const aServiceWith = async (environment: Record<string, string>): Promise<void> => {
    const shop = createShop(readConfig({ ...given, ...environment }));
    await shop.prepare();
    await shop.close();
  };

  for (const [name, environment] of [
    ['user', { SERVICE: 'user' }],
    ['product', { SERVICE: 'product', DEMO_DATA: 'true' }],
  ] as const)
    it(`A move that is refused because the ${name} service has data changes nothing`, async () => {
      const DATABASE_URL = `sqlite:${join(folder, `${name}.db`)}`;
      await aServiceWith({ ...environment, DATABASE_URL });
      expect(await refusal()).to.match(new RegExp(`^the database of the ${name} service .* it is not empty`));
      await isUntouched();
    });

  it('A move is not refused because services have created their databases, if they have stored nothing', async () => {
    for (const name of ['product', 'transaction'])
      await aServiceWith({ SERVICE: name, DATABASE_URL: `sqlite:${join(folder, `${name}.db`)}` });
    expect(await splitShop(readConfig(given), given)).to.be.above(0);
  });

  it('A move that is refused because of its currency changes nothing', async () => {
    expect(await refusal({ SHOP_CURRENCY: 'EUR' })).to.contain('this database belongs to a shop in USD');
    await isUntouched();
  });

  it('A move that is refused because the schema is behind changes nothing', async () => {
    const sequelize = connect({ url: given['DATABASE_URL'] ?? '', currency: 'USD' });
    await sequelize.query(`DELETE FROM "SequelizeMeta" WHERE name LIKE '%people-holds%'`);
    await sequelize.close();
    const DATABASE_URL = `sqlite:${join(folder, 'behind.db')}`;
    backUpFile(join(folder, 'portico.db'), join(folder, 'behind.db'));
    expect(await refusal({ DATABASE_URL })).to.contain('its schema is behind this version: start the shop');
    await isUntouched();
  });

  it('A move that is refused because a server does not respond changes nothing, and names no password', async () => {
    const line = await refusal({ PRODUCT_DATABASE_URL: 'postgres://shop:secret@127.0.0.1:1/goods' });
    expect(line).to.contain('the database of the product service (goods on 127.0.0.1:1)');
    expect(line).not.to.contain('secret');
    await isUntouched();
  });

  it('A move that is refused because two databases are one changes nothing', async () => {
    const one = `sqlite:${join(folder, 'one.db')}`;
    expect(await refusal({ USER_DATABASE_URL: one, PRODUCT_DATABASE_URL: one })).to.contain('of its own');
    await isUntouched();
  });

  it('A move that is refused because an event belongs to no service changes nothing', async () => {
    const sequelize = connect({ url: given['DATABASE_URL'] ?? '', currency: 'USD' });
    await sequelize.query(
      `UPDATE outbox_events SET aggregate = 'parcel', "dispatchedAt" = NULL WHERE id = (SELECT MIN(id) FROM outbox_events)`,
    );
    await sequelize.close();
    const DATABASE_URL = `sqlite:${join(folder, 'strange.db')}`;
    backUpFile(join(folder, 'portico.db'), join(folder, 'strange.db'));
    expect(await refusal({ DATABASE_URL })).to.contain('1 undelivered events belong to no service');
    await isUntouched();
  });

  it('A move that is refused finds no shop where there is none', async () => {
    expect(await refusal({ DATABASE_URL: `sqlite:${join(folder, 'none.db')}` })).to.contain('no such file');
    expect(await refusal({ DATABASE_URL: 'memory:' })).to.contain('in memory');
    await isUntouched();
  });

  it('A database of which a move has begun is served again once it is reopened, and its copy never', async () => {
    await splitShop(readConfig(given), given);
    expect(await reopen(readConfig(given))).to.equal(true);
    await isUntouched();
    const again = { ...given, DATABASE_URL: `sqlite:${join(folder, 'again.db')}` };
    backUpFile(join(folder, 'portico.db'), join(folder, 'again.db'));
    expect(await refusal(again)).to.contain('it is not empty');
    const message = await reopen(readConfig(again)).catch((error: unknown) => String(error));
    expect(message).to.contain('no move has taken it out of service');
  });
});

onEveryServer('The command that moves a shop', (name) => {
  it(`The command that moves a shop refuses one that is served on ${name}, and does nothing to it`, async () => {
    const database = await openSqlDatabase(name);
    try {
      await database.sequelize.query('SELECT 1');
      const given = { ...testVariables(), DATABASE_URL: database.url };
      const outcome = await splitShop(readConfig(given), given).catch((error: unknown) => String(error));
      expect(outcome).to.contain('it is in use');
      const [marks] = await database.sequelize.query("SELECT * FROM shop_settings WHERE name = 'move'");
      expect(marks).to.deep.equal([]);
    } finally {
      await database.close();
    }
  });
});
