import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { QueryTypes, type Sequelize } from 'sequelize';
import { withLease } from '#src/platform/database/lease.js';
import { checkSchema, migrate, schemaState } from '#src/platform/database/migrate.js';
import { onEverySqlDatabase, openSqlDatabase, type OpenDatabase } from '../../support/databases.js';
import { eventually } from '../../support/eventually.js';
import { errorOf } from './refusal.js';
import { interruptAfter } from './interrupt.js';
import { allRows, describeSchema } from './schema.js';
import { start } from '../../support/started-processes.js';

const run = promisify(execFile);
const root = new URL('../../..', import.meta.url).pathname;
const MIGRATIONS = readdirSync(join(root, 'migrations'))
  .filter((name) => name.endsWith('.cjs'))
  .sort();
const id = (number: number): string => `018f0000-0000-7000-8000-${String(number).padStart(12, '0')}`;

/** What the driver says; Sequelize puts words of its own over it. */
const driverMessage = async (promise: Promise<unknown>): Promise<string> => {
  const error = (await errorOf(promise)) as { parent?: Error } & Error;
  return (error.parent ?? error).message;
};

/** Starts one of the programs next to this file. */
const program = (name: string, ...args: string[]) => {
  const script = new URL(name, import.meta.url).pathname;
  return start(process.execPath, ['--import=tsx', '--conditions=portico-source', script, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
};

/** Starts a process of `lease-process.ts` and waits until it says that it has the lease. */
const leaseProcess = async (url: string, ...args: string[]) => {
  const child = program('lease-process.ts', url, ...args);
  await once(child.stdout, 'data');
  return child;
};

onEverySqlDatabase('Migrations', function (name) {
  let db: OpenDatabase;
  beforeEach(async () => {
    db = await openSqlDatabase(name, { migrated: false });
  });
  afterEach(() => db.close());

  const quote = (identifier: string): string => db.sequelize.getQueryInterface().quoteIdentifier(identifier);
  const insert = (table: string, row: Record<string, unknown>): Promise<unknown> =>
    db.sequelize.getQueryInterface().bulkInsert(table, [row]);

  it('Migrations are pending on an empty database, which is left as it is by looking', async () => {
    const { pending, unknown } = await schemaState(db.sequelize);
    expect(pending).to.include('20260101000000-settings.cjs');
    expect(unknown).to.deep.equal([]);
    expect(await db.sequelize.getQueryInterface().showAllTables()).to.deep.equal([]);
    expect((await errorOf(checkSchema(db.sequelize))).message).to.match(/behind/);
  });

  it('Migrations build the schema once; a second run changes nothing', async () => {
    await migrate(db.sequelize);
    await checkSchema(db.sequelize);
    const before = await describeSchema(db.sequelize);
    await migrate(db.sequelize);
    expect(await describeSchema(db.sequelize)).to.deep.equal(before);
  });

  const cli = async (command: string, environment: Readonly<Record<string, string>> = {}) => {
    const env = { ...process.env, DATABASE_URL: db.url, SHOP_CURRENCY: 'USD', ...environment };
    await run(process.execPath, ['node_modules/.bin/sequelize-cli', command], { cwd: root, env });
  };

  it('Migrations build the tables of a service only under sequelize-cli with SERVICE', async () => {
    await cli('db:migrate', { SERVICE: 'product' });
    expect((await schemaState(db.sequelize)).pending).to.deep.equal([]);
    const tables = await db.sequelize.getQueryInterface().showAllTables();
    expect(tables).to.include.members(['products', 'outbox_events']).and.not.to.include.members(['users']);
    expect(await errorOf(cli('db:migrate', { SERVICE: 'gateway' })))
      .to.have.property('stderr')
      .that.contains('SERVICE must be unset or one of user, customer, product, transaction');
  });

  it('Migrations build the same schema under sequelize-cli, which can go on where the shop stopped, and back', async () => {
    await migrate(db.sequelize);
    const ours = await describeSchema(db.sequelize);
    await cli('db:migrate:undo:all');
    expect((await schemaState(db.sequelize)).pending).to.deep.equal(MIGRATIONS);
    await db.sequelize.getQueryInterface().dropTable('SequelizeMeta');
    await cli('db:migrate');
    expect((await schemaState(db.sequelize)).pending).to.deep.equal([]);
    expect(withoutMeta(await describeSchema(db.sequelize))).to.deep.equal(withoutMeta(ours));
    await migrate(db.sequelize);
  });

  /** The schema and the rows that undisturbed migrations leave. */
  const undisturbed = async () => {
    const other = await openSqlDatabase(name);
    try {
      return [await describeSchema(other.sequelize), (await allRows(other.sequelize))['shop_settings']];
    } finally {
      await other.close();
    }
  };

  it('Migrations go on wherever they were interrupted, be it after any of their statements', async () => {
    const seen = new Set<string>();
    interruptAfter(db.sequelize, (sql) => {
      const isNew = !seen.has(sql);
      seen.add(sql);
      return isNew;
    });
    let interruptions = 0;
    for (;;) {
      const outcome = await migrate(db.sequelize).then(
        () => 'done',
        (error: unknown) => String(error),
      );
      if (outcome === 'done') break;
      expect(outcome).to.match(/interrupted/);
      interruptions += 1;
    }
    expect(interruptions).to.be.greaterThan(2 * MIGRATIONS.length);
    expect(interruptions).to.equal(seen.size);
    await checkSchema(db.sequelize);
    expect([
      await describeSchema(db.sequelize),
      (await allRows(db.sequelize))['shop_settings'],
    ]).to.deep.equal(await undisturbed());
  });

  it('Migrations go on where a process was killed between two statements of one', async () => {
    const killed = program('migrate-and-die.ts', db.url, 'order_lines');
    const [, signal] = (await once(killed, 'exit')) as [unknown, NodeJS.Signals | null];
    expect(signal).to.equal('SIGKILL');
    expect(await db.sequelize.getQueryInterface().tableExists('order_lines')).to.equal(true);
    const { pending } = await schemaState(db.sequelize);
    expect(pending[0]).to.match(/ordering/);
    await migrate(db.sequelize, { pollMs: 10 });
    await checkSchema(db.sequelize);
    expect([
      await describeSchema(db.sequelize),
      (await allRows(db.sequelize))['shop_settings'],
    ]).to.deep.equal(await undisturbed());
  });

  it('Migrations go on where they were interrupted between two columns and two indexes', async () => {
    await migrate(db.sequelize);
    const whole = await describeSchema(db.sequelize);
    await db.sequelize.query(`DELETE FROM ${quote('SequelizeMeta')} WHERE name LIKE '%sessions%'`);
    await db.sequelize.getQueryInterface().removeIndex('sessions', 'sessions_graceUntil_idx');
    const later = [
      'previousDevice',
      'previousAddress',
      'previousUsedAt',
      'previousExpiresAt',
      'authenticatedAt',
    ];
    for (const column of ['successor', 'graceUntil', ...later])
      await db.sequelize.query(`ALTER TABLE sessions DROP COLUMN ${quote(column)}`);
    await migrate(db.sequelize);
    expect(await describeSchema(db.sequelize)).to.deep.equal(whole);
  });

  it('Migrations refuse a database of a later version and write nothing; an older shop may go on serving it', async () => {
    await migrate(db.sequelize);
    expect(await checkSchema(db.sequelize)).to.equal(null);
    await insert('SequelizeMeta', { name: '29990101000000-later.cjs' });
    const before = [await describeSchema(db.sequelize), await allRows(db.sequelize)];
    expect((await errorOf(migrate(db.sequelize))).message).to.match(
      /later version.*29990101000000-later\.cjs/,
    );
    expect(await checkSchema(db.sequelize)).to.match(/later version.*29990101000000-later\.cjs/);
    expect([await describeSchema(db.sequelize), await allRows(db.sequelize)]).to.deep.equal(before);
  });

  it('Migrations refuse a database that a later version has brought up to date while they waited for their turn', async () => {
    const waiting = db.another();
    let tries = 0;
    waiting.addHook('beforeQuery', ({ type }) => {
      if (type === QueryTypes.BULKUPDATE) tries += 1;
    });
    let outcome: Promise<Error> | undefined;
    await withLease(db.sequelize, 'migrations', async () => {
      outcome = errorOf(migrate(waiting, { pollMs: 10 }));
      // It has looked at the schema, and found nothing wrong, before it asks for the lease.
      await eventually(() => tries > 0, 'the second process to wait');
      await db.sequelize.query(
        `CREATE TABLE ${quote('SequelizeMeta')} (name VARCHAR(255) NOT NULL PRIMARY KEY)`,
      );
      await insert('SequelizeMeta', { name: '29990101000000-later.cjs' });
    });
    expect((await outcome)?.message).to.match(/later version/);
    expect(await db.sequelize.getQueryInterface().tableExists('users')).to.equal(false);
  });

  it('Migrations bind the database to the currency of the shop', async () => {
    await migrate(db.sequelize);
    const message = (await errorOf(migrate(db.another({ currency: 'EUR' })))).message;
    expect(message).to.match(/SHOP_CURRENCY is EUR.*USD/);
    expect(message).not.to.match(/\n/);
  });

  it('Migrations leave the checks, the references and the uniqueness to the database', async () => {
    await migrate(db.sequelize);
    const at = new Date('2026-01-01T00:00:00Z');
    const product = {
      id: id(1),
      name: 'p',
      nameKey: 'p',
      description: '',
      searchKey: 'p',
      priceMinor: 1,
      version: 1,
      createdAt: at,
      updatedAt: at,
    };
    await insert('products', product);
    await insert('stock', { productId: id(1), quantity: 0, version: 0 });
    await insert('carts', { customerId: id(2), version: 0 });
    const refused: readonly (readonly [string, Record<string, unknown>, RegExp])[] = [
      ['products', { ...product, id: id(9), priceMinor: -1 }, /products_priceMinor_check/],
      ['products', { ...product, id: id(9), categoryId: id(9) }, /foreign key/i],
      ['stock', { productId: id(9), quantity: 0, version: 0 }, /foreign key/i],
      ['carts', { customerId: id(2), version: 0 }, /unique|Duplicate/i],
      [
        'cart_lines',
        { customerId: id(2), productId: id(1), position: 0, quantity: 1000 },
        /cart_lines_quantity_check/,
      ],
      ['cart_lines', { customerId: id(9), productId: id(1), position: 0, quantity: 1 }, /foreign key/i],
      [
        'orders',
        {
          id: id(3),
          customerId: id(2),
          status: 'lost',
          currency: 'USD',
          totalMinor: 1,
          version: 1,
          createdAt: at,
          updatedAt: at,
        },
        /orders_status_check/,
      ],
    ];
    for (const [table, row, constraint] of refused)
      expect(await driverMessage(insert(table, row)), table).to.match(constraint);
    const sale = db.sequelize.query('UPDATE stock SET quantity = quantity - 1');
    expect(await driverMessage(sale)).to.match(/stock_quantity_check/);
    for (const [table, count] of Object.entries({
      products: 1,
      stock: 1,
      carts: 1,
      cart_lines: 0,
      orders: 0,
    })) {
      const rows = await db.sequelize.query(`SELECT * FROM ${table}`, { type: QueryTypes.SELECT });
      expect(rows, table).to.have.length(count);
    }
  });

  it('Migrations run in one process at a time: of five that start at once, one applies each', async () => {
    const pools = Array.from({ length: 5 }, () => db.another());
    await Promise.all(pools.map((pool) => migrate(pool, { pollMs: 10 })));
    const rows = await db.sequelize.query<{ name: string }>(`SELECT name FROM ${quote('SequelizeMeta')}`, {
      type: QueryTypes.SELECT,
    });
    expect(rows.map((row) => row.name).sort()).to.deep.equal(MIGRATIONS);
    await checkSchema(db.sequelize);
  });
});

/** sequelize-cli makes the table of names with another collation and engine clause; its content is what counts. */
const withoutMeta = ({ SequelizeMeta, ...rest }: Readonly<Record<string, unknown>>) => {
  expect(SequelizeMeta).not.to.equal(undefined);
  return rest;
};

onEverySqlDatabase('A lease', function (name) {
  let db: OpenDatabase;
  let second: Sequelize;
  beforeEach(async () => {
    db = await openSqlDatabase(name, { migrated: false });
    second = db.another();
  });
  afterEach(() => db.close());

  it('A lease is held by one at a time, however many ask', async () => {
    let holders = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      holders += 1;
      most = Math.max(most, holders);
      await second.query('SELECT 1');
      holders -= 1;
    };
    await Promise.all(
      [db.sequelize, second, db.another()].map((each) => withLease(each, 'test', work, { pollMs: 5 })),
    );
    expect(most).to.equal(1);
  });

  it('A lease is renewed while the work goes on, so that another process waits for its end', async () => {
    const child = await leaseProcess(db.url, '2000');
    const exited = once(child, 'exit');
    const takers: string[] = [];
    const next = withLease(db.sequelize, 'test', () => Promise.resolve(takers.push('another')), {
      pollMs: 10,
    });
    const expiries = new Set<unknown>();
    const hasTurned = async (): Promise<boolean> => {
      const [row] = await second.query('SELECT * FROM leases', { type: QueryTypes.SELECT });
      expiries.add((row as { readonly expiresAt: unknown } | undefined)?.expiresAt);
      // Each lasts two seconds and is renewed four times in it: after six the first one has run out.
      return expiries.size > 6 || takers.length > 0;
    };
    await eventually(hasTurned, 'six renewals');
    child.stdin.end();
    expect(takers).to.deep.equal([]);
    await next;
    await exited;
    expect(child.exitCode).to.equal(0);
  });

  it('A lease becomes free when its holder is killed', async () => {
    const child = await leaseProcess(db.url, '400');
    child.kill('SIGKILL');
    await once(child, 'exit');
    let held = false;
    await withLease(
      db.sequelize,
      'test',
      () => {
        held = true;
        return Promise.resolve();
      },
      { pollMs: 10 },
    );
    expect(held).to.equal(true);
  });

  it('A lease is given back by work that failed, whose error it passes on', async () => {
    const failed = withLease(db.sequelize, 'test', () => Promise.reject(new Error('a bad migration')));
    expect((await errorOf(failed)).message).to.equal('a bad migration');
    let held = false;
    const next = withLease(second, 'test', () => {
      held = true;
      return Promise.resolve();
    });
    await next;
    expect(held).to.equal(true);
  });

  it('A lease is no longer counted on once it could not be renewed in time', async () => {
    const expiresAt = second.getQueryInterface().quoteIdentifier('expiresAt');
    const usurped = withLease(
      db.sequelize,
      'test',
      async (holds) => {
        holds();
        await second.query(`UPDATE leases SET holder = 'somebody else', ${expiresAt} = ${expiresAt} + 60000`);
        for (const deadline = Date.now() + 5_000; Date.now() < deadline;) {
          await second.query('SELECT 1');
          holds();
        }
      },
      { durationMs: 200 },
    );
    expect((await errorOf(usurped)).message).to.match(/ran out/);
  });
});
