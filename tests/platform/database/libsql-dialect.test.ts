import { expect } from 'chai';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import { openSqlDatabase, type OpenDatabase } from '../../support/databases.js';
import { errorOf } from './refusal.js';
import { start } from '../../support/started-processes.js';

describe('The embedded database', () => {
  let db: OpenDatabase;

  beforeEach(async () => {
    db = await openSqlDatabase('SQLite', { migrated: false, lockTimeoutMs: 100 });
    await db.sequelize.query('CREATE TABLE marks (id INTEGER PRIMARY KEY, text TEXT, data BLOB)');
  });
  afterEach(() => db.close());

  const mark = (sequelize: Sequelize, text: string, transaction: Transaction | null = null) =>
    sequelize.query('INSERT INTO marks (text) VALUES (:text)', { replacements: { text }, transaction });
  /** As a process that opens the file later would see it. */
  const marks = async (): Promise<readonly string[]> => {
    const rows = await db
      .another()
      .query<{ text: string }>('SELECT text FROM marks ORDER BY id', { type: QueryTypes.SELECT });
    return rows.map(({ text }) => text);
  };

  it('The embedded database is durable, keeps its references, and lets readers pass, on every connection', async () => {
    const settings = async (transaction: Transaction | null) => {
      const read = async (pragma: string) => {
        const [row] = await db.sequelize.query<Record<string, unknown>>(`PRAGMA ${pragma}`, {
          type: QueryTypes.SELECT,
          transaction,
        });
        return Object.values(row ?? {})[0];
      };
      return [await read('journal_mode'), await read('synchronous'), await read('foreign_keys')];
    };
    const transaction = await db.sequelize.transaction();
    expect(await settings(transaction)).to.deep.equal(['wal', 2, 1]);
    await transaction.rollback();
    expect(await settings(null)).to.deep.equal(['wal', 2, 1]);
  });

  it('The embedded database lets two connections of one process wait for each other’s locks without standing still', async () => {
    const patient = db.another({ lockTimeoutMs: 5_000 });
    const transaction = await db.sequelize.transaction();
    await mark(db.sequelize, 'first', transaction);
    const second = mark(patient, 'second');
    // A wait that held the thread would keep this commit from ever being sent.
    await mark(db.sequelize, 'still first', transaction);
    await transaction.commit();
    await second;
    expect(await marks()).to.deep.equal(['first', 'still first', 'second']);
  });

  it('The embedded database commits what it says it has written, also on a connection that was refused as busy before', async () => {
    const transaction = await db.sequelize.transaction();
    await mark(db.sequelize, 'the rival', transaction);
    const other = db.another();
    expect((await errorOf(mark(other, 'too early'))).message).to.match(/SQLITE_BUSY/);
    await transaction.commit();
    await mark(other, 'in time');
    await other.query("UPDATE marks SET text = 'in good time' WHERE text = 'in time'");
    expect(await marks()).to.deep.equal(['the rival', 'in good time']);
  });

  it('The embedded database returns the rows of a statement that writes, once it is committed', async () => {
    const [rows] = await db.sequelize.query(
      "INSERT INTO marks (text) VALUES ('returned') RETURNING id, text",
    );
    expect(rows).to.deep.equal([{ id: 1, text: 'returned' }]);
    expect(await marks()).to.deep.equal(['returned']);
  });

  it('The embedded database leaves nothing of a statement that failed half-way, nor any lock', async () => {
    await errorOf(db.sequelize.query("INSERT INTO marks (id, text) VALUES (1, 'one'), (1, 'twice')"));
    await mark(db.another(), 'next');
    expect(await marks()).to.deep.equal(['next']);
  });

  it('The embedded database binds values by name and by position, of every type', async () => {
    const row = await db.sequelize.query(
      'SELECT $text AS text, $n AS n, $none IS NULL AS none, $flag AS flag',
      {
        type: QueryTypes.SELECT,
        bind: { text: "it's", n: 2.5, none: null, flag: true },
      },
    );
    expect(row).to.deep.equal([{ text: "it's", n: 2.5, none: 1, flag: 1 }]);
    const second = await db.sequelize.query('SELECT $2 AS b, $1 AS a', {
      type: QueryTypes.SELECT,
      bind: ['a', 'b'],
    });
    expect(second).to.deep.equal([{ b: 'b', a: 'a' }]);
  });

  it('The embedded database loses no increment of three processes that write at once', async () => {
    await mark(db.sequelize, '0');
    const script = new URL('increment-process.ts', import.meta.url).pathname;
    const processes = [1, 2, 3].map(() =>
      start(process.execPath, ['--import=tsx', '--conditions=portico-source', script, db.url, '60'], {
        stdio: 'inherit',
      }),
    );
    const codes = await Promise.all(processes.map((child) => once(child, 'exit')));
    expect(codes.map(([code]) => code as number)).to.deep.equal([0, 0, 0]);
    expect(await marks()).to.deep.equal(['180']);
  });

  it('The embedded database loses no transaction that was acknowledged to a process that is killed', async () => {
    await mark(db.sequelize, '0');
    const script = new URL('increment-process.ts', import.meta.url).pathname;
    const child = start(
      process.execPath,
      ['--import=tsx', '--conditions=portico-source', script, db.url, '1000000', 'aloud'],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let acknowledged = 0;
    for await (const chunk of child.stdout) {
      acknowledged += String(chunk).length; // one character each
      if (acknowledged >= 20) child.kill('SIGKILL');
    }
    while (child.exitCode === null && child.signalCode === null) await sleep(5);
    const [found] = await marks();
    expect(Number(found)).to.be.within(acknowledged, acknowledged + 1);
  });
});
