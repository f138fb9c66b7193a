import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { QueryTypes } from 'sequelize';
import { parseDatabaseUrl } from '#src/platform/database/database-url.js';
import { onEveryServer, openSqlDatabase, type OpenDatabase } from '../../support/databases.js';

describe('A database URL', () => {
  it('A database URL names a file, relative to the working directory or absolute', () => {
    expect(parseDatabaseUrl('sqlite:data/a shop.db')).to.deep.equal({
      kind: 'sqlite',
      file: join(process.cwd(), 'data/a shop.db'),
    });
    expect(parseDatabaseUrl('sqlite:/var/shop.db')).to.deep.equal({ kind: 'sqlite', file: '/var/shop.db' });
    expect(parseDatabaseUrl('sqlite:///var/shop.db')).to.deep.equal({ kind: 'sqlite', file: '/var/shop.db' });
  });

  it('A database URL names a server, a user and a database, with escapes undone', () => {
    const expected = {
      kind: 'mysql',
      hosts: [{ host: 'db.example', port: 3307 }],
      user: 'sh/op',
      password: 'p@ss:w%rd',
      database: 'shop',
      tls: null,
    };
    expect(parseDatabaseUrl('mysql://sh%2Fop:p%40ss%3Aw%25rd@db.example:3307/shop')).to.deep.equal(expected);
    expect(parseDatabaseUrl('mariadb://u@[::1]/shop')).to.deep.include({
      hosts: [{ host: '::1', port: 3306 }],
      password: '',
    });
    for (const scheme of ['postgres', 'postgresql'])
      expect(parseDatabaseUrl(`${scheme}://u:p%40ss@db.example/shop`)).to.deep.equal({
        kind: 'postgres',
        hosts: [{ host: 'db.example', port: 5432 }],
        user: 'u',
        password: 'p@ss',
        database: 'shop',
        tls: null,
      });
  });

  it('A database URL names the nodes of a cluster, the preferred one first', () => {
    expect(
      parseDatabaseUrl('mysql://u:p%2Cw@db1.example:3307,[::1],db3.example:3308/shop?ssl-mode=REQUIRED'),
    ).to.deep.include({
      hosts: [
        { host: 'db1.example', port: 3307 },
        { host: '::1', port: 3306 },
        { host: 'db3.example', port: 3308 },
      ],
      user: 'u',
      password: 'p,w',
      database: 'shop',
    });
  });

  describe('asks for encryption', () => {
    const unverified = { rejectUnauthorized: false, verifyIdentity: false };
    const fromAuthority = { rejectUnauthorized: true, verifyIdentity: false };
    const namingHost = { rejectUnauthorized: true, verifyIdentity: true };
    const pem = { ca: 'a certificate' };
    let ca: string;
    let folder: string;
    before(() => {
      folder = mkdtempSync(join(tmpdir(), 'portico-pem-'));
      ca = join(folder, 'ca.pem');
      writeFileSync(ca, 'a certificate');
    });
    after(() => {
      rmSync(folder, { recursive: true });
    });
    const tls = (url: string) => {
      const location = parseDatabaseUrl(url);
      return location.kind === 'sqlite' ? undefined : location.tls;
    };

    it('A database URL asks for encryption by the names that MySQL uses', () => {
      const mysql = (options: string) => tls(`mysql://u@h/shop?${options}`);
      expect(mysql('ssl-mode=DISABLED')).to.equal(null);
      expect(mysql('ssl-mode=REQUIRED')).to.deep.equal(unverified);
      expect(mysql('ssl-mode=VERIFY_CA')).to.deep.equal(fromAuthority);
      expect(mysql('ssl-mode=VERIFY_IDENTITY')).to.deep.equal(namingHost);
      expect(mysql(`ssl-ca=${ca}`)).to.deep.equal({ ...namingHost, ...pem });
      expect(mysql(`ssl-ca=${ca}&ssl-mode=REQUIRED`)).to.deep.equal({ ...unverified, ...pem });
    });

    it('A database URL asks for encryption by the names that PostgreSQL uses', () => {
      const postgres = (options: string) => tls(`postgres://u@h/shop?${options}`);
      expect(postgres('sslmode=disable')).to.equal(null);
      expect(postgres('sslmode=require')).to.deep.equal(unverified);
      expect(postgres('sslmode=verify-ca')).to.deep.equal(fromAuthority);
      expect(postgres('sslmode=verify-full')).to.deep.equal(namingHost);
      expect(postgres(`sslrootcert=${ca}`)).to.deep.equal({ ...namingHost, ...pem });
      expect(postgres(`sslrootcert=${ca}&sslmode=require`)).to.deep.equal({ ...fromAuthority, ...pem });
      expect(postgres(`sslcert=${ca}&sslkey=${ca}`)).to.deep.equal({
        ...namingHost,
        cert: 'a certificate',
        key: 'a certificate',
      });
    });
  });

  for (const url of [
    'secret',
    'oracle://u:secret@h/shop',
    'postgres://u:secret@h',
    'postgres:///secret',
    'postgres://u:secret@h/shop?sslmode=prefer',
    'postgres://u:secret@h/shop?sslmode=toString',
    'postgres://u:secret@h/shop?ssl-mode=REQUIRED',
    'postgres://u:secret@h/shop?sslrootcert=/nowhere/ca.pem',
    'postgres://u:secret@h,i/shop',
    'mysql://u:secret@h:99999999/shop',
    'mysql://u:secret@h,i:99999999/shop',
    'mysql://u:secret@h,,i/shop',
    'mysql://u:secret@h,i',
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
    it(`A database URL is refused in one line that contains no secret: ${url}`, () => {
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

const bounds = { statementTimeoutMs: 2_500, lockTimeoutMs: 3_000 };

/** What the session says of itself, asked on a connection of the pool. */
const SESSIONS = {
  MariaDB: {
    ask: `SELECT @@tx_isolation AS isolation, @@sql_mode LIKE '%STRICT_TRANS_TABLES%' AS strict, @@time_zone AS zone,
      @@character_set_client AS charset, @@innodb_lock_wait_timeout AS lockWait, @@max_statement_time + 0 AS statementTime`,
    answer: {
      isolation: 'READ-COMMITTED',
      strict: 1,
      zone: '+00:00',
      charset: 'utf8mb4',
      lockWait: 3,
      statementTime: 2.5,
    },
  },
  PostgreSQL: {
    ask: `SELECT current_setting('transaction_isolation') AS isolation, current_setting('timezone') AS zone,
      current_setting('client_encoding') AS charset, current_setting('lock_timeout') AS lock,
      current_setting('statement_timeout') AS statement,
      current_setting('idle_in_transaction_session_timeout') AS idle`,
    answer: {
      isolation: 'read committed',
      zone: 'UTC',
      charset: 'UTF8',
      lock: '3s',
      statement: '2500ms',
      idle: '30s',
    },
  },
} as const;

onEveryServer('A connection', (name) => {
  let db: OpenDatabase;
  before(async () => {
    db = await openSqlDatabase(name, { migrated: false, ...bounds });
  });
  after(() => db.close());

  it('A connection is set up once, with the bounds that were asked for', async () => {
    const { ask, answer } = SESSIONS[name];
    const [row] = await db.sequelize.query(ask, { type: QueryTypes.SELECT });
    expect(row).to.deep.equal(answer);
  });

  it('A connection pays no round trip for the isolation of a transaction', async () => {
    const sent: string[] = [];
    db.sequelize.options.logging = (sql) => sent.push(sql.replace(/^Executing \([^)]*\): /, ''));
    const transaction = await db.sequelize.transaction();
    await transaction.commit();
    db.sequelize.options.logging = false;
    expect(sent).to.deep.equal(['START TRANSACTION;', 'COMMIT;']);
  });
});
