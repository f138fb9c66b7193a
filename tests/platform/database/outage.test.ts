import { expect } from 'chai';
import { tmpdir } from 'node:os';
import { DatabaseError, QueryTypes, type Sequelize } from 'sequelize';
import { connect } from '#src/platform/database/connect.js';
import { asOutage } from '#src/platform/database/database-errors.js';
import { findRow, insertRow, insertRows } from '#src/platform/database/rows.js';
import type { SqlScope } from '#src/platform/database/scope.js';
import { sqlTransact } from '#src/platform/database/transact.js';
import { gate } from '../../support/contract-tools.js';
import { eventually } from '../../support/eventually.js';
import { onEveryServer, openSqlDatabase, type OpenDatabase } from '../../support/databases.js';
import { wireTo, type Wire } from '../../support/wire.js';
import { codeOf, errorOf } from './refusal.js';
import { aThing, createThings, idOf, thingTables } from './things.js';

describe('An outage', () => {
  for (const scheme of ['mysql', 'postgres'])
    it(`An outage is recognised if no server responds at ${scheme}://, in a transaction and in a query`, async () => {
      const url = `${scheme}://root:secret@127.0.0.1:1/shop`;
      const sequelize = connect({ url, currency: 'USD', acquireTimeoutMs: 500 });
      const { transact } = sqlTransact(sequelize);
      expect(await codeOf(transact(() => Promise.resolve()))).to.equal('database_unavailable');
      const error = await errorOf(sequelize.query('SELECT 1'));
      expect(asOutage(error)?.code).to.equal('database_unavailable');
      expect(asOutage(error)?.cause).to.equal(error);
      await sequelize.close();
    });

  it('An outage is recognised if the file of an embedded database cannot be opened', async () => {
    const sequelize = connect({ url: `sqlite:${tmpdir()}`, currency: 'USD' });
    for (const attempt of [1, 2]) {
      const error = await errorOf(sequelize.query(`SELECT ${String(attempt)}`));
      expect(asOutage(error)?.code).to.equal('database_unavailable');
    }
    await sequelize.close();
  });

  for (const [code, refusal] of [
    ['08006', 'database_unavailable'], // connection failure
    ['25006', 'database_unavailable'], // a standby
    ['25P03', 'database_unavailable'], // FATAL: idle in a transaction for too long
    ['53100', 'database_unavailable'], // disk full
    ['53300', 'database_unavailable'], // too many connections
    ['57P01', 'database_unavailable'], // shutting down
    ['57P03', 'database_unavailable'], // starting up
    ['40001', 'busy'], // serialization failure
    ['40P01', 'busy'], // deadlock
    ['55P03', 'busy'], // lock time-out
    ['57014', 'busy'], // statement time-out
    ['25P02', null], // went on in an aborted transaction
    ['23514', null], // a check
    ['42P01', null], // no such table
  ] as const)
    it(`An outage is, or is not, what PostgreSQL means by ${code}`, () => {
      const severity = code === '25P03' ? 'FATAL' : 'ERROR';
      const parent = Object.assign(new Error('said by the server'), { code, severity });
      expect(asOutage(new DatabaseError(Object.assign(parent, { sql: '' })))?.code ?? null).to.equal(refusal);
    });

  it('An outage is not made of a bug', () => {
    expect(asOutage(new TypeError('x is not a function'))).to.equal(null);
    expect(asOutage(null)).to.equal(null);
  });
});

/** How each server is asked for connections, and told to end one. */
const ADMINISTRATION = {
  MariaDB: {
    ownConnection: 'SELECT CONNECTION_ID() AS id',
    kill: (id: number) => `KILL ${String(id)}`,
    sleep: 'SELECT SLEEP(20) /* to be killed */',
    findSleeping: `SELECT id FROM information_schema.processlist WHERE info LIKE '%to be killed%' AND info NOT LIKE '%processlist%'`,
  },
  PostgreSQL: {
    ownConnection: 'SELECT pg_backend_pid() AS id',
    kill: (id: number) => `SELECT pg_terminate_backend(${String(id)})`,
    sleep: 'SELECT pg_sleep(20) /* to be killed */',
    findSleeping: `SELECT pid AS id FROM pg_stat_activity WHERE query LIKE '%to be killed%' AND query NOT LIKE '%activity%'`,
  },
} as const;

onEveryServer('A server that does not respond', (name) => {
  let db: OpenDatabase;
  let wire: Wire;
  let wired: Sequelize;

  beforeEach(async () => {
    db = await openSqlDatabase(name, { migrated: false });
    await createThings(db.sequelize);
    const url = new URL(db.url);
    wire = await wireTo(Number(url.port));
    url.port = String(wire.port);
    wired = connect({ url: url.href, currency: 'USD', statementTimeoutMs: 200, acquireTimeoutMs: 1_000 });
  });
  afterEach(async () => {
    wire.mend();
    await wired.close();
    wire.close();
    await db.close();
  });

  it('A server that does not respond is given up by a query, by a transaction and by COMMIT, and serves when it is back', async () => {
    const { transact } = sqlTransact(wired);
    const add = (number: number) => (scope: SqlScope) =>
      insertRow(thingTables(scope.sequelize).things, aThing({ id: idOf(number) }), scope);
    // The three have connections of their own, and go on when all of them have got as far as they should.
    const { opened: frozen, open: freeze } = gate();
    const reached = { statement: gate(), commit: gate(), query: gate() };
    const amidst = transact(async (scope) => {
      await add(1)(scope);
      reached.statement.open();
      await frozen;
      await add(2)(scope);
    });
    const atCommit = transact(async (scope) => {
      await add(3)(scope);
      reached.commit.open();
      await frozen;
    });
    const asking = wired
      .query('SELECT 1')
      .then(() => {
        reached.query.open();
        return frozen;
      })
      .then(() => wired.query('SELECT 1'));
    const ends = Promise.all([codeOf(amidst), codeOf(atCommit), errorOf(asking)]);
    await Promise.all(Object.values(reached).map(({ opened }) => opened));
    wire.freeze();
    freeze();
    const [statement, commit, query] = await ends;
    expect(statement).to.equal('database_unavailable');
    expect(commit).to.equal('outcome_unknown');
    expect(asOutage(query)?.code).to.equal('database_unavailable');

    // No transaction gets a connection either.
    expect(await codeOf(transact(add(4)))).to.equal('database_unavailable');
    wire.mend();
    // Who comes first may still be told of an attempt to connect that was made before.
    const served = (): Promise<boolean> =>
      transact(add(5)).then(
        () => true,
        () => false,
      );
    await eventually(served, 'a server that is back');
    const { things } = thingTables(db.sequelize);
    expect(await findRow(things, { id: idOf(1) }, db.outside), 'what was not committed').to.equal(null);
    expect(await findRow(things, { id: idOf(5) }, db.outside)).not.to.equal(null);
  });
});

onEveryServer('A lost connection', (name) => {
  const { ownConnection, kill, sleep, findSleeping } = ADMINISTRATION[name];
  let db: OpenDatabase;
  let wire: Wire;
  let wired: Sequelize;

  beforeEach(async () => {
    db = await openSqlDatabase(name, { migrated: false });
    await createThings(db.sequelize);
    const url = new URL(db.url);
    wire = await wireTo(Number(url.port));
    url.port = String(wire.port);
    wired = connect({ url: url.href, currency: 'USD' });
  });
  afterEach(async () => {
    await wired.close();
    wire.close();
    await db.close();
  });

  const stored = () => findRow(thingTables(db.sequelize).things, { id: idOf(1) }, db.outside);
  const add = (scope: SqlScope) => insertRow(thingTables(scope.sequelize).things, aThing(), scope);
  const killOwnConnection = async ({ sequelize, transaction }: SqlScope): Promise<void> => {
    const [row] = await sequelize.query<{ id: number }>(ownConnection, {
      type: QueryTypes.SELECT,
      transaction: transaction ?? null,
    });
    if (row === undefined) throw new Error('the connection has no id');
    await db.admin(kill(row.id));
  };

  it('A lost connection before COMMIT is an outage that leaves nothing, and the next transaction gets a new connection', async () => {
    let runs = 0;
    const lost = db.transact(async (scope) => {
      runs += 1;
      await add(scope);
      await killOwnConnection(scope);
      await findRow(thingTables(scope.sequelize).things, { id: idOf(1) }, scope);
    });
    expect(await codeOf(lost)).to.equal('database_unavailable');
    expect(runs).to.equal(1);
    expect(await stored()).to.equal(null);
    await db.transact(add);
    expect(await stored()).not.to.equal(null);
  });

  it('A lost connection that is noticed before COMMIT is no unknown outcome: COMMIT is not sent', async () => {
    const lost = db.transact(async (scope) => {
      await add(scope);
      await killOwnConnection(scope);
      await errorOf(findRow(thingTables(scope.sequelize).things, { id: idOf(1) }, scope));
    });
    expect(await codeOf(lost)).to.equal('database_unavailable');
    expect(await stored()).to.equal(null);
  });

  for (const breaks of ['before', 'after'] as const) {
    it(`A lost connection during COMMIT, just ${breaks} the server did it, is an unknown outcome and is not tried again`, async () => {
      const { transact } = sqlTransact(wired);
      await transact(() => Promise.resolve()); // connects
      wire.breakAt('COMMIT', breaks);
      let runs = 0;
      const lost = transact((scope) => {
        runs += 1;
        return add(scope);
      });
      expect(await codeOf(lost)).to.equal('outcome_unknown');
      expect(runs).to.equal(1);
      expect((await stored()) !== null).to.equal(breaks === 'after');
      wire.mend();
      await transact(() => Promise.resolve());
    });
  }

  it('A lost connection in a query outside a transaction is an outage and not a bug', async () => {
    const sleeping = db.sequelize.query(sleep);
    sleeping.catch(() => undefined);
    for (;;) {
      const [[row]] = (await db.admin(findSleeping)) as [{ id: number }[]];
      if (row === undefined) continue;
      await db.admin(kill(row.id));
      break;
    }
    expect(asOutage(await errorOf(sleeping))?.code).to.equal('database_unavailable');
  });

  it('A lost connection is not waited for longer than a statement may run', async () => {
    const impatient = db.another({ statementTimeoutMs: 200 });
    const rows = Array.from({ length: 250 }, (_, i) => aThing({ id: idOf(i) }));
    await db.transact((scope) => insertRows(thingTables(db.sequelize).things, rows, scope));
    const slow = impatient.query(
      'SELECT COUNT(*) FROM things a, things b, things c, things d WHERE a.id <> d.name',
    );
    expect(asOutage(await errorOf(slow))?.code).to.equal('busy');
  });
});
