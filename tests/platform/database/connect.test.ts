import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { QueryTypes } from 'sequelize';
import { parseDatabaseUrl } from '#src/platform/database/database-url.js';
import { openSqlDatabase, type OpenDatabase } from '../../support/databases.js';
import { mariadbMissing } from '../../support/mariadb.js';

describe('A database URL', () => {
  it('names a file, relative to the working directory or absolute', () => {
    expect(parseDatabaseUrl('sqlite:data/a shop.db')).to.deep.equal({
      kind: 'sqlite',
      file: join(process.cwd(), 'data/a shop.db'),
    });
    expect(parseDatabaseUrl('sqlite:/var/shop.db')).to.deep.equal({ kind: 'sqlite', file: '/var/shop.db' });
    expect(parseDatabaseUrl('sqlite:///var/shop.db')).to.deep.equal({ kind: 'sqlite', file: '/var/shop.db' });
  });

  it('names a server, a user and a database, with escapes undone', () => {
    const expected = {
      kind: 'mysql',
      host: 'db.example',
      port: 3307,
      user: 'sh/op',
      password: 'p@ss:w%rd',
      database: 'shop',
      tls: null,
    };
    expect(parseDatabaseUrl('mysql://sh%2Fop:p%40ss%3Aw%25rd@db.example:3307/shop')).to.deep.equal(expected);
    expect(parseDatabaseUrl('mariadb://u@[::1]/shop')).to.deep.include({
      host: '::1',
      port: 3306,
      password: '',
    });
  });

  it('asks for encryption by the names that MySQL uses', () => {
    const folder = mkdtempSync(join(tmpdir(), 'portico-pem-'));
    const ca = join(folder, 'ca.pem');
    writeFileSync(ca, 'a certificate');
    const tls = (options: string) => {
      const location = parseDatabaseUrl(`mysql://u@h/shop?${options}`);
      return location.kind === 'mysql' ? location.tls : undefined;
    };
    expect(tls('ssl-mode=DISABLED')).to.equal(null);
    expect(tls('ssl-mode=REQUIRED')).to.deep.equal({ rejectUnauthorized: false, verifyIdentity: false });
    expect(tls('ssl-mode=VERIFY_CA')).to.deep.equal({ rejectUnauthorized: true, verifyIdentity: false });
    expect(tls('ssl-mode=VERIFY_IDENTITY')).to.deep.equal({ rejectUnauthorized: true, verifyIdentity: true });
    expect(tls(`ssl-ca=${ca}`)).to.deep.equal({
      rejectUnauthorized: true,
      verifyIdentity: true,
      ca: 'a certificate',
    });
    rmSync(folder, { recursive: true });
  });

  for (const url of [
    'secret',
    'postgres://u:secret@h/shop',
    'mysql://u:secret@h:99999999/shop',
    'mysql://u:secret@h',
    'mysql://u:secret@h/',
    'mysql://u:secret@h/a/b',
    'mysql://u:secret%zz@h/shop',
    'mysql://u:secret@h/shop?ssl-mode=PREFERRED',
    'mysql://u:secret@h/shop?sslmode=require',
    'mysql://u:secret@h/shop?secret=1',
    'mysql://u:secret@h/shop?ssl-ca=/nowhere/ca.pem',
    'mysql:secret',
    'sqlite:',
    'sqlite::memory:',
  ])
    it(`is refused in one line that tells no secret: ${url}`, () => {
      let message = '';
      try {
        parseDatabaseUrl(url);
      } catch (error) {
        message = (error as Error).message;
      }
      expect(message).to.match(/^the database URL /);
      expect(message).not.to.match(/secret|\n/);
    });
});

(mariadbMissing === null ? describe : describe.skip)('A connection to MariaDB', function () {
  this.timeout(60_000);
  let db: OpenDatabase;
  before(async () => {
    db = await openSqlDatabase('MariaDB', {
      migrated: false,
      statementTimeoutMs: 2_500,
      lockTimeoutMs: 3_000,
    });
  });
  after(() => db.close());

  it('is set up once, with the bounds that were asked for', async () => {
    const [row] = await db.sequelize.query<Record<string, unknown>>(
      `SELECT @@tx_isolation AS isolation, @@sql_mode LIKE '%STRICT_TRANS_TABLES%' AS strict, @@time_zone AS zone,
        @@character_set_client AS charset, @@innodb_lock_wait_timeout AS lockWait, @@max_statement_time + 0 AS statementTime`,
      { type: QueryTypes.SELECT },
    );
    expect(row).to.deep.equal({
      isolation: 'READ-COMMITTED',
      strict: 1,
      zone: '+00:00',
      charset: 'utf8mb4',
      lockWait: 3,
      statementTime: 2.5,
    });
  });

  it('pays no round trip for the isolation of a transaction', async () => {
    const sent: string[] = [];
    const logging = (sql: string) => sent.push(sql.replace(/^Executing \([^)]*\): /, ''));
    const transaction = await db.sequelize.transaction({ logging });
    await transaction.commit();
    expect(sent).to.deep.equal(['START TRANSACTION;', 'COMMIT;']);
  });
});
