import { expect } from 'chai';
import { copyFile, rename, rm } from 'node:fs/promises';
import { Op, QueryTypes, type Sequelize } from 'sequelize';
import {
  findColumns,
  findRow,
  findRows,
  insertRow,
  insertRows,
  plus,
  updateRows,
  type Where,
} from '#src/platform/database/rows.js';
import type { SqlScope } from '#src/platform/database/scope.js';
import { sqlTransact } from '#src/platform/database/transact.js';
import { gate } from '../../support/contract-tools.js';
import {
  onEveryServer,
  onEverySqlDatabase,
  onServer,
  openSqlDatabase,
  type OpenDatabase,
} from '../../support/databases.js';
import { codeOf, errorOf } from './refusal.js';
import { aThing, createThings, idOf, thingTables, type Thing } from './things.js';

/** A database with one connection, so that what is asked of its session is that of the statements. */
const openThings = async (...args: Parameters<typeof openSqlDatabase>) => {
  const [name, options] = args;
  const db = await openSqlDatabase(name, { migrated: false, connections: 1, ...options });
  await createThings(db.sequelize);
  return { db, things: thingTables(db.sequelize).things };
};

const fill = (db: OpenDatabase, count: number): Promise<void> =>
  db.transact((scope) =>
    insertRows(
      thingTables(db.sequelize).things,
      Array.from({ length: count }, (_, number) => aThing({ id: idOf(number), quantity: number })),
      scope,
    ),
  );

onEverySqlDatabase('Statements', (name) => {
  let db: OpenDatabase;
  let things: ReturnType<typeof thingTables>['things'];
  before(async () => {
    ({ db, things } = await openThings(name));
    await fill(db, 100);
  });
  after(() => db.close());

  const quantities = async (where: Where<Thing>): Promise<readonly number[]> => {
    const found = await findColumns(
      things,
      ['quantity'],
      { where, order: [['quantity', 'asc']] },
      db.outside,
    );
    return found.map(({ quantity }) => quantity);
  };

  it('find rows by lists of any length', async () => {
    for (const length of [0, 1, 2, 3, 5, 8, 9, 100]) {
      const ids = Array.from({ length }, (_, number) => idOf(number));
      expect(await quantities({ id: { [Op.in]: ids } })).to.have.length(length);
      expect(await quantities({ id: ids, hidden: false })).to.have.length(length);
    }
  });

  it('compare columns with numbers that the columns could not hold', async () => {
    const past = (number: number) => quantities({ quantity: { [Op.gt]: number } });
    expect(await past(96.5)).to.deep.equal([97, 98, 99]);
    for (const huge of [2 ** 31, 2 ** 40, Number.MAX_SAFE_INTEGER, 1e20])
      expect(await past(huge)).to.deep.equal([]);
    expect(await past(-(2 ** 40))).to.have.length(100);
  });

  it('join conditions by AND and OR as they are nested', async () => {
    const where = {
      [Op.or]: [{ quantity: 3 }, { quantity: { [Op.gte]: 10, [Op.lt]: 12 }, hidden: false }],
      [Op.and]: [{ note: null }, { quantity: { [Op.ne]: 11 } }, () => '1 = 1'],
    } as Where<Thing>;
    expect(await quantities(where)).to.deep.equal([3, 10]);
  });

  it('refuse a value that is undefined, or a column or comparison that they do not know', async () => {
    const refused = async (where: object): Promise<string> => (await errorOf(quantities(where))).message;
    expect(await refused({ id: undefined })).to.match(/undefined/);
    expect(await refused({ id: { [Op.in]: [idOf(1), undefined] } })).to.match(/undefined/);
    expect(await refused({ nothing: 1 })).to.match(/no column nothing/);
    expect(await refused({ id: { like: '%' } })).to.match(/no comparison/);
    expect(await refused({ id: { [Op.like]: '%' } })).to.match(/no comparison/);
  });

  it('are logged as they could be typed', async () => {
    const logged: string[] = [];
    db.sequelize.options.logging = (line) => logged.push(line.replace(/^Executing \([^)]*\): /, ''));
    const where = { name: "it's", hidden: true, madeAt: new Date(0), quantity: { [Op.in]: [1, 2, 3] } };
    await findRows(things, { where, limit: 3 }, db.outside);
    db.sequelize.options.logging = false;
    expect(logged).to.have.length(1);
    expect(await db.sequelize.query(logged[0] ?? '', { type: QueryTypes.SELECT })).to.deep.equal([]);
  });

  it('go on after the table has changed, outside of a transaction and in one', async () => {
    const { db: changing, things: changed } = await openThings(name);
    await fill(changing, 3);
    const read = (scope: SqlScope) => findRow(changed, { id: idOf(1) }, scope);
    const column = changing.sequelize.getQueryInterface().quoteIdentifier('note');
    const changes: Record<string, readonly string[]> = {
      sqlite: ['ADD COLUMN more TEXT', 'ADD COLUMN others TEXT'],
      mysql: [`MODIFY ${column} LONGTEXT NULL`, `MODIFY ${column} VARCHAR(60) NULL`],
      postgres: [`ALTER ${column} TYPE TEXT`, `ALTER ${column} TYPE VARCHAR(60)`],
    };
    const [first = '', second = ''] = changes[changing.sequelize.getDialect()] ?? [];
    expect((await read(changing.outside))?.quantity).to.equal(1);
    await changing.sequelize.query(`ALTER TABLE things ${first}`);
    expect((await read(changing.outside))?.quantity).to.equal(1);
    await changing.transact(read);
    await changing.sequelize.query(`ALTER TABLE things ${second}`);
    expect((await changing.transact(read))?.quantity).to.equal(1);
    await changing.close();
  });
});

/** How each server tells what a session has prepared, and is made to forget all of it. */
const PREPARED = {
  MariaDB: `SELECT VARIABLE_VALUE AS prepared FROM information_schema.SESSION_STATUS WHERE VARIABLE_NAME = 'COM_STMT_PREPARE'`,
  PostgreSQL: `SELECT COUNT(*) AS prepared FROM pg_prepared_statements`,
} as const;

onEveryServer('Statements that differ by their values', (name) => {
  let db: OpenDatabase;
  let things: ReturnType<typeof thingTables>['things'];
  beforeEach(async () => {
    ({ db, things } = await openThings(name));
    await fill(db, 40);
  });
  afterEach(() => db.close());

  const prepared = async (): Promise<number> => {
    const [row] = await db.sequelize.query<{ prepared: string }>(PREPARED[name], { type: QueryTypes.SELECT });
    return Number(row?.prepared);
  };
  const preparedBy = async (work: () => Promise<unknown>): Promise<number> => {
    const before = await prepared();
    await work();
    return (await prepared()) - before;
  };

  it('are prepared once', async () => {
    const use = async (number: number): Promise<void> => {
      await findRow(things, { id: idOf(number) }, db.outside);
      await db.transact((scope) =>
        updateRows(things, { quantity: plus('quantity', number, scope) }, { id: idOf(number) }, scope),
      );
    };
    const many = async () => {
      for (let number = 0; number < 20; number += 1) await use(number);
    };
    expect(await preparedBy(many)).to.equal(2);
    expect(await preparedBy(many)).to.equal(0);
  });

  it('are few, however long their lists are', async () => {
    const count = await preparedBy(async () => {
      for (let length = 1; length <= 40; length += 1)
        await findRows(things, { where: { id: Array.from({ length }, (_, at) => idOf(at)) } }, db.outside);
    });
    expect(count).to.equal(7); // 1, 2, 4, 8, 16, 32, 64
  });

  it('are not prepared when they have very many', async () => {
    const rows = Array.from({ length: 100 }, (_, at) => aThing({ id: idOf(100 + at), note: "it's" }));
    const insert = () => db.transact((scope) => insertRows(things, rows, scope));
    expect(await preparedBy(insert)).to.equal(0);
    expect(await findRows(things, { where: { note: "it's" } }, db.outside)).to.have.length(100);
  });
});

onServer('PostgreSQL', 'A connection that has lost what it had prepared', () => {
  it('prepares it anew, also in a transaction, which runs again', async () => {
    const { db, things } = await openThings('PostgreSQL');
    await fill(db, 2);
    const read = (scope: SqlScope) => findRow(things, { id: idOf(1) }, scope);
    await read(db.outside);
    await db.sequelize.query('DEALLOCATE ALL');
    expect((await read(db.outside))?.id).to.equal(idOf(1));
    await db.sequelize.query('DEALLOCATE ALL');
    let runs = 0;
    const found = await db.transact((scope) => {
      runs += 1;
      return read(scope);
    });
    expect([found?.id, runs]).to.deep.equal([idOf(1), 2]);
    await db.close();
  });
});

onServer('MariaDB', 'A connection', () => {
  /** What mysql2 keeps of a connection. */
  interface Connection {
    readonly _statements: { values(): Iterable<{ close(): unknown }> };
  }
  interface Manager {
    getConnection(options: object): Promise<Connection>;
    releaseConnection(connection: Connection): void;
  }

  it('whose server no longer knows what was prepared prepares it anew, in the same transaction', async () => {
    const { db, things } = await openThings('MariaDB');
    await fill(db, 2);
    const read = (scope: SqlScope) => findRow(things, { id: idOf(1) }, scope);
    await read(db.outside);
    const manager = db.sequelize.connectionManager as unknown as Manager;
    const connection = await manager.getConnection({});
    for (const statement of connection._statements.values()) statement.close();
    manager.releaseConnection(connection);
    let runs = 0;
    const found = await db.transact((scope) => {
      runs += 1;
      return read(scope);
    });
    expect([found?.id, runs]).to.deep.equal([idOf(1), 1]);
    await db.close();
  });

  it('does without prepared statements where the server has too many', async () => {
    const { db } = await openThings('MariaDB');
    await fill(db, 2);
    await db.admin('SET GLOBAL max_prepared_stmt_count = 0');
    try {
      const other: Sequelize = db.another();
      const { things } = thingTables(other);
      const { transact, outside } = sqlTransact(other);
      await transact((scope) => insertRow(things, aThing({ id: idOf(7), name: "it's" }), scope));
      expect((await findRow(things, { id: idOf(7) }, outside))?.name).to.equal("it's");
    } finally {
      await db.admin('SET GLOBAL max_prepared_stmt_count = DEFAULT');
    }
    await db.close();
  });

  it('reads one row by a key of any type, and no more of an index than a page', async () => {
    const { db, things } = await openThings('MariaDB');
    await fill(db, 1_000);
    const readBy = async (query: Parameters<typeof findRows<Thing>>[1]): Promise<number> => {
      await db.sequelize.query('FLUSH STATUS');
      await findRows(things, query, db.outside);
      const counters = await db.sequelize.query<{ Value: string }>(
        `SHOW SESSION STATUS LIKE 'Handler_read%'`,
        { type: QueryTypes.SELECT },
      );
      return counters.reduce((sum, { Value }) => sum + Number(Value), 0);
    };
    expect(await readBy({ where: { id: idOf(5) }, limit: 1 })).to.be.at.most(1);
    expect(await readBy({ where: { name: `thing ${idOf(5)}` } })).to.be.at.most(2);
    expect(await readBy({ where: { id: { [Op.in]: [idOf(5), idOf(6), idOf(7)] } } })).to.be.at.most(8);
    expect(
      await readBy({ where: { id: { [Op.gt]: idOf(5) } }, order: [['id', 'asc']], limit: 5 }),
    ).to.be.at.most(6);
    await db.close();
  });

  it('takes nothing more for a transaction that a deadlock has ended', async () => {
    const { db, things } = await openThings('MariaDB', { connections: 2 });
    await fill(db, 2);
    const { transact } = sqlTransact(db.sequelize, { attempts: 1 });
    const both = [gate(), gate()] as const;
    const outcomes: string[] = [];
    const cross = (self: 0 | 1) =>
      transact(async (scope) => {
        const write = (number: number) =>
          updateRows(things, { note: 'written' }, { id: idOf(number) }, scope);
        await write(self);
        both[self].open();
        await both[1 - self]?.opened;
        try {
          await write(1 - self);
        } catch {
          // As if nothing had happened.
          const late = insertRow(things, aThing({ id: idOf(9) }), scope);
          outcomes.push((await errorOf(late)).message);
          throw new Error('a victim');
        }
      });
    await Promise.allSettled([cross(0), cross(1)]);
    expect(outcomes).to.have.length(1);
    expect(outcomes[0]).to.match(/has ended/);
    expect(await findRow(things, { id: idOf(9) }, db.outside)).to.equal(null);
    await db.close();
  });
});

describe('A transaction on SQLite', () => {
  let db: OpenDatabase;
  beforeEach(async () => {
    ({ db } = await openThings('SQLite'));
  });
  afterEach(() => db.close());

  const add = (number: number) => (scope: SqlScope) =>
    insertRow(thingTables(scope.sequelize).things, aThing({ id: idOf(number) }), scope);

  it('uses the connection of the one before it', async () => {
    const run = (sql: string) => (scope: SqlScope) =>
      scope.sequelize.query(sql, { transaction: scope.transaction ?? null });
    await db.transact(run('CREATE TEMP TABLE of_this_connection (id INTEGER)'));
    await db.transact(run('INSERT INTO of_this_connection VALUES (1)'));
    const failed = db.transact(async (scope) => {
      await run('DELETE FROM of_this_connection')(scope);
      throw new Error('changed its mind');
    });
    await errorOf(failed);
    const [rows] = await db.transact(run('SELECT id FROM of_this_connection'));
    expect(rows).to.deep.equal([{ id: 1 }]);
  });

  it('stores nothing on its own once SQLite has ended it', async () => {
    const late = db.transact(async (scope) => {
      await scope.sequelize.query('ROLLBACK', { transaction: scope.transaction ?? null }); // as on a full disk
      await add(1)(scope);
    });
    expect((await errorOf(late)).message).to.match(/has ended/);
    expect(await findRow(thingTables(db.sequelize).things, { id: idOf(1) }, db.outside)).to.equal(null);
  });

  it('lets others be served before the next one', async () => {
    let turns = 0;
    let isOver = false;
    const turn = (): void => {
      turns += 1;
      if (!isOver) setImmediate(turn);
    };
    turn();
    for (let time = 0; time < 20; time += 1) await db.transact(() => Promise.resolve());
    isOver = true;
    expect(turns).to.be.at.least(20);
  });

  it('refuses a file that was moved away, and writes into one that was put in its place', async () => {
    const file = db.url.replace('sqlite:', '');
    await db.transact(add(1));
    await db.sequelize.query('PRAGMA wal_checkpoint(TRUNCATE)');
    await copyFile(file, `${file}.copy`);
    await rename(file, `${file}.moved`);
    await rm(`${file}-wal`);
    await rm(`${file}-shm`);
    expect(await codeOf(db.transact(add(2)))).to.equal('database_unavailable');
    await rename(`${file}.copy`, file);
    await db.transact(add(3));
    const ids = async (url: string) => {
      const place = { url, admin: () => Promise.resolve(null), drop: () => Promise.resolve() };
      const opened = await openSqlDatabase('SQLite', { migrated: false, place });
      const rows = await findRows(thingTables(opened.sequelize).things, {}, opened.outside);
      await opened.close();
      return rows.map(({ id }) => id);
    };
    expect(await ids(db.url)).to.have.members([idOf(1), idOf(3)]);
    expect(await ids(`${db.url}.moved`)).to.deep.equal([idOf(1)]);
  });
});
