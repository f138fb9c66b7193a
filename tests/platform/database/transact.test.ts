import { expect } from 'chai';
import { QueryTypes, type Transaction } from 'sequelize';
import { DomainError } from '#src/kernel/errors.js';
import { findRow, insertRow, updateVersion } from '#src/platform/database/rows.js';
import type { SqlScope } from '#src/platform/database/scope.js';
import { sqlTransact } from '#src/platform/database/transact.js';
import {
  onEverySqlDatabase,
  openSqlDatabase,
  type OpenDatabase,
  type OpenOptions,
} from '../../support/databases.js';
import { codeOf, errorOf } from './refusal.js';
import { aThing, createThings, idOf, thingTables } from './things.js';

/** Makes a promise that is resolved from outside. */
const gate = (): { readonly opened: Promise<void>; readonly open: () => void } => {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
};

onEverySqlDatabase('Transactions', (name) => {
  let db: OpenDatabase;

  const use = async (options: OpenOptions = {}): Promise<void> => {
    db = await openSqlDatabase(name, { migrated: false, ...options });
    await createThings(db.sequelize);
  };
  afterEach(() => db.close());

  const things = () => thingTables(db.sequelize).things;
  const add = (scope: SqlScope, number = 1) => insertRow(things(), aThing({ id: idOf(number) }), scope);
  const stored = (number = 1) => findRow(things(), { id: idOf(number) }, db.outside);
  /** Reads, decides and writes: loses a change whenever a rival comes between. */
  const increase = async (scope: SqlScope): Promise<void> => {
    const thing = await findRow(things(), { id: idOf(1) }, scope);
    if (thing === null) throw new Error('there is nothing to increase');
    const { id, version, quantity } = thing;
    await updateVersion(things(), { id, version: version + 1 }, { quantity: quantity + 1 }, scope);
  };

  it('Transactions store what the work wrote and return what it returned', async () => {
    await use();
    const answer = await db.transact(async (scope) => {
      await add(scope);
      return 'done';
    });
    expect(answer).to.equal('done');
    expect((await stored())?.id).to.equal(idOf(1));
  });

  it('Transactions leave nothing of work that failed, and fail with its error', async () => {
    await use();
    const refusal = new DomainError('conflict', 'changed_my_mind', 'No.');
    const failed = db.transact(async (scope) => {
      await add(scope);
      throw refusal;
    });
    expect(await errorOf(failed)).to.equal(refusal);
    expect(await stored()).to.equal(null);
  });

  it('Transactions let exactly one of 20 writers with one version win', async () => {
    await use({ connections: 20 });
    await db.transact((scope) => add(scope));
    const { transact } = sqlTransact(db.sequelize, { attempts: 2 });
    const ready = gate();
    const writers = Array.from({ length: 20 }, (_, i) =>
      ready.opened.then(() =>
        transact((scope) => updateVersion(things(), { id: idOf(1), version: 2 }, { quantity: i }, scope)),
      ),
    );
    ready.open();
    const outcomes = await Promise.allSettled(writers);
    const losers = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(losers).to.have.length(19);
    for (const { reason } of losers) expect((reason as DomainError).code).to.equal('stale_write');
    expect(await stored()).to.deep.include({ version: 2 });
  });

  it('Transactions run work again after a stale write, until each of 20 has counted', async () => {
    await use({ connections: 20 });
    await db.transact((scope) => add(scope));
    const { transact } = sqlTransact(db.sequelize, { attempts: 200 });
    await Promise.all(Array.from({ length: 20 }, () => transact(increase)));
    expect(await stored()).to.deep.include({ quantity: 30, version: 21 });
  });

  it('Transactions do not run work again that failed for a reason of its own', async () => {
    await use();
    let runs = 0;
    await errorOf(
      db.transact(() => {
        runs += 1;
        return Promise.reject(new Error('a bug'));
      }),
    );
    expect(runs).to.equal(1);
  });

  it('Transactions refuse to begin inside a transaction, and leave nothing of it', async () => {
    await use();
    const nested = db.transact(async (scope) => {
      await add(scope);
      await db.transact((inner) => add(inner, 2));
    });
    expect((await errorOf(nested)).message).to.match(/transact inside transact/);
    expect(await stored()).to.equal(null);
    expect(await stored(2)).to.equal(null);
  });

  it('Transactions refuse a query that would escape them, and only while they run', async () => {
    await use();
    await errorOf(db.transact(() => stored()));
    const inside = gate();
    const leave = gate();
    const running = db.transact(async () => {
      inside.open();
      await leave.opened;
    });
    await inside.opened;
    expect(await stored()).to.equal(null);
    leave.open();
    await running;
  });

  it('Transactions need one connection only', async () => {
    await use({ connections: 1 });
    await db.transact((scope) => add(scope));
    await Promise.all(Array.from({ length: 5 }, () => db.transact(increase)));
    expect(await stored()).to.deep.include({ quantity: 15 });
  });

  it('Transactions are refused, for now, when no connection comes free in time', async () => {
    await use({ connections: 1, acquireTimeoutMs: 1_000 });
    const inside = gate();
    const leave = gate();
    const holder = db.transact(async (scope) => {
      inside.open();
      await leave.opened;
      await add(scope);
    });
    await inside.opened;
    const code = await codeOf(db.transact((scope) => add(scope, 2)));
    expect(code).to.equal(name === 'SQLite' ? 'busy' : 'database_unavailable');
    leave.open();
    await holder;
    expect(await stored()).not.to.equal(null);
    expect(await stored(2)).to.equal(null);
  });

  // On SQLite no other transaction commits in the meantime: there is one writer at a time.
  if (name !== 'SQLite')
    it('Transactions see what others have committed in the meantime: the isolation is READ COMMITTED', async () => {
      await use();
      await db.transact((scope) => add(scope));
      const quantities = await db.transact(async (scope) => {
        const before = await findRow(things(), { id: idOf(1) }, scope);
        await sqlTransact(db.another()).transact(increase);
        const after = await findRow(things(), { id: idOf(1) }, scope);
        return [before?.quantity, after?.quantity];
      });
      expect(quantities).to.deep.equal([10, 11]);
    });

  it('Transactions fail with busy when another one’s lock is released too late', async () => {
    await use({ lockTimeoutMs: 1_000 });
    await db.transact((scope) => add(scope));
    // Another process, as it were: its lock is the database's own and not a place in this process's line.
    const rival = await db.another().transaction();
    await db.sequelize.query('UPDATE things SET quantity = 0', { transaction: rival });
    const { transact } = sqlTransact(db.sequelize, { withinMs: 0 });
    expect(await codeOf(transact(increase))).to.equal('busy');
    await rival.rollback();
    await transact(increase);
    expect(await stored()).to.deep.include({ quantity: 11 });
  });

  // A server decides by itself whom it serves.
  if (name === 'SQLite')
    it('Transactions are served in the order in which they came, where only one can write', async () => {
      await use();
      const order: number[] = [];
      const turns = Array.from({ length: 50 }, (_, i) =>
        db.transact(async (scope) => {
          order.push(i);
          await new Promise(setImmediate); // lets the waiting transactions try for the lock, if they do
          await add(scope, i);
        }),
      );
      await Promise.all(turns);
      expect(order).to.deep.equal(Array.from({ length: 50 }, (_, i) => i));
    });

  // MariaDB knows no constraint that waits for COMMIT.
  if (name !== 'MariaDB')
    it('Transactions never report a COMMIT that the database refused as done', async () => {
      await use();
      if (name === 'PostgreSQL')
        await db.sequelize.query('ALTER TABLE things ALTER CONSTRAINT "things_ownerId_fk" DEFERRABLE');
      const defer = name === 'SQLite' ? 'PRAGMA defer_foreign_keys = ON' : 'SET CONSTRAINTS ALL DEFERRED';
      const failed = db.transact(async (scope) => {
        await scope.sequelize.query(defer, { transaction: scope.transaction ?? null });
        await insertRow(things(), aThing({ ownerId: idOf(7) }), scope);
      });
      expect((await errorOf(failed)).message).to.match(/constraint/i);
      expect(await stored()).to.equal(null);
      await db.transact((scope) => add(scope));
      expect(await stored()).not.to.equal(null);
    });

  // As Galera does; of the others none refuses a COMMIT so that it may be tried again, but for locks on a whole file.
  it('Transactions run the work again when the database refused its COMMIT, which has stored nothing', async () => {
    await use();
    await db.transact((scope) => add(scope));
    const begin: () => Promise<Transaction> = db.sequelize.transaction.bind(db.sequelize);
    let runs = 0;
    const refusing = async (): Promise<Transaction> => {
      const transaction = await begin();
      if (runs > 0) return transaction;
      transaction.commit = async () => {
        await transaction.rollback();
        throw Object.assign(new Error('Deadlock found when trying to get lock'), { errno: 1213 });
      };
      return transaction;
    };
    Object.assign(db.sequelize, { transaction: refusing });
    await db.transact(async (scope) => {
      await increase(scope);
      runs += 1;
    });
    expect(runs).to.equal(2);
    expect(await stored()).to.deep.include({ quantity: 11 });
  });

  // There the transaction is lost with the first statement that fails, and COMMIT would say nothing of it.
  if (name === 'PostgreSQL')
    it('Transactions fail when their work goes on after a statement of it has failed', async () => {
      await use({ connections: 1 });
      // Many times: the server's word that the transaction is lost may come just after that of the error.
      for (let time = 0; time < 50; time += 1) {
        const failed = db.transact(async (scope) => {
          await add(scope);
          await errorOf(add(scope));
        });
        expect((await errorOf(failed)).message).to.match(/nothing of it is stored/);
      }
      expect(await stored()).to.equal(null);
      await db.transact((scope) => add(scope));
      expect(await stored()).not.to.equal(null);
    });

  // On SQLite there is no other writer to deadlock with.
  if (name !== 'SQLite')
    it('Transactions run again when they were chosen as a deadlock’s victim', async () => {
      await use();
      await db.transact((scope) => add(scope, 1));
      await db.transact((scope) => add(scope, 2));
      let runs = 0;
      const both = [gate(), gate()] as const;
      const write = (scope: SqlScope, number: number) =>
        scope.sequelize.query('UPDATE things SET quantity = quantity + 1 WHERE id = :id', {
          type: QueryTypes.BULKUPDATE,
          replacements: { id: idOf(number) },
          transaction: scope.transaction ?? null,
        });
      const cross = (self: 0 | 1): Promise<void> =>
        db.transact(async (scope) => {
          runs += 1;
          await write(scope, self + 1);
          both[self].open();
          await both[1 - self]?.opened; // both hold one row and want the other; on later runs this is past
          await write(scope, 2 - self);
        });
      await Promise.all([cross(0), cross(1)]);
      expect(runs, 'a victim may meet the survivor once more').to.be.greaterThan(2);
      expect(await stored(1)).to.deep.include({ quantity: 12 });
      expect(await stored(2)).to.deep.include({ quantity: 12 });
    });
});
