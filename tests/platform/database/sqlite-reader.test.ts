import { expect } from 'chai';
import Libsql from 'libsql';
import { mkdtemp, rm } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asOutage } from '#src/platform/database/database-errors.js';
import { sqliteReader, type SqliteReader } from '#src/platform/database/sqlite-reader.js';

const COUNTED = 1_000_000;
/** Two rows, of which the second takes a while. */
const SLOW = `SELECT 0 AS n UNION ALL SELECT count(*) FROM (
  WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < ${COUNTED}) SELECT n FROM counted)`;

describe('A reader of a SQLite file', () => {
  let folder: string;
  let file: string;
  let writer: Libsql.Database;
  let read: SqliteReader;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'portico-reader-'));
    file = join(folder, 'shop.db');
    writer = new Libsql(file);
    writer.exec('PRAGMA journal_mode = WAL');
    writer.exec('CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT, at DATETIME, amount BIGINT)');
    read = sqliteReader(file, { busyTimeoutMs: 5_000 });
  });
  afterEach(async () => {
    writer.close();
    await rm(folder, { recursive: true });
  });

  const write = (name: string) => {
    writer.prepare('INSERT INTO things (name, at, amount) VALUES (?, ?, ?)').run([name, '2026-01-01', 5]);
  };
  const names = (found: readonly object[]) => found.map((row) => (row as { readonly name: string }).name);

  it('A reader of a SQLite file leaves this thread idle while it looks for the first row and for those that follow', async () => {
    const before = performance.eventLoopUtilization();
    expect(await read(SLOW)).to.deep.equal([{ n: 0 }, { n: COUNTED }]);
    // All but nothing, or all but everything.
    expect(performance.eventLoopUtilization(before).utilization).to.be.lessThan(0.5);
  });

  it('A reader of a SQLite file reads rows as this thread would, in their order', async () => {
    for (const name of ['007', 'ä', '1e3']) write(name);
    const sql = 'SELECT `id`, `name`, `at`, `amount` FROM `things` ORDER BY `id` DESC';
    expect(await read(sql)).to.deep.equal(writer.prepare(sql).all());
  });

  it('A reader of a SQLite file sees what was committed before it was asked, and nothing else', async () => {
    for (const name of ['one', 'two', 'three']) {
      write(name);
      expect(names(await read('SELECT name FROM things ORDER BY id')).at(-1)).to.equal(name);
    }
    writer.exec('BEGIN IMMEDIATE');
    write('not yet');
    expect(await read('SELECT name FROM things')).to.have.lengthOf(3);
    writer.exec('ROLLBACK');
  });

  it('A reader of a SQLite file blocks no other connection: others write and truncate the log after it has read', async () => {
    write('one');
    await read('SELECT name FROM things');
    write('two');
    expect(writer.prepare('PRAGMA wal_checkpoint(TRUNCATE)').all()).to.deep.equal([
      { busy: 0, log: 0, checkpointed: 0 },
    ]);
  });

  it('A reader of a SQLite file reports an error, and reads on afterwards', async () => {
    const error: unknown = await read('SELECT nobody FROM things').catch((each: unknown) => each);
    expect(error).to.include({ code: 'SQLITE_ERROR' });
    write('one');
    expect(names(await read('SELECT name FROM things'))).to.deep.equal(['one']);
  });

  it('A reader of a SQLite file does no more than one statement', async () => {
    write('one');
    await read('SELECT name FROM things; DELETE FROM things');
    expect(writer.prepare('SELECT name FROM things').all()).to.have.lengthOf(1);
  });

  it('A reader of a SQLite file waits for another process’s lock without keeping this thread', async () => {
    writer.exec('PRAGMA journal_mode = DELETE'); // in WAL readers wait for a moment only, which can't be held here
    writer.exec('BEGIN EXCLUSIVE');
    write('one');
    const found = read('SELECT name FROM things');
    await new Promise((resolve) => setImmediate(resolve));
    writer.exec('COMMIT');
    expect(names(await found)).to.deep.equal(['one']);
  });

  it('A reader of a SQLite file reports an outage if the file can’t be opened', async () => {
    const nowhere = sqliteReader(join(folder, 'nowhere', 'shop.db'), { busyTimeoutMs: 0 });
    const error: unknown = await nowhere('SELECT 1').catch((each: unknown) => each);
    expect(asOutage(error)).to.include({ code: 'database_unavailable' });
  });
});
