import { expect } from 'chai';
import { QueryTypes, type Sequelize } from 'sequelize';
import { withLease } from '#src/platform/database/lease.js';
import { migrate, schemaState } from '#src/platform/database/migrate.js';
import { findRow, findRows, insertRow, updateVersion } from '#src/platform/database/rows.js';
import type { SqlScope } from '#src/platform/database/scope.js';
import { sqlTransact } from '#src/platform/database/transact.js';
import { gate } from '../../support/contract-tools.js';
import { onServer, openSqlDatabase, type OpenDatabase } from '../../support/databases.js';
import { aThing, createThings, idOf, thingTables } from './things.js';

onServer('Galera', 'Two nodes', () => {
  let db: OpenDatabase;
  let other: Sequelize;
  before(async () => {
    db = await openSqlDatabase('Galera', { migrated: false });
    await createThings(db.sequelize);
    other = db.another({ node: 2 });
  });
  after(() => db.close());

  const add = (id: string) =>
    db.transact((scope) =>
      insertRow(thingTables(scope.sequelize).things, aThing({ id, quantity: 1 }), scope),
    );
  const read = (sequelize: Sequelize, id: string) =>
    findRow(thingTables(sequelize).things, { id }, sqlTransact(sequelize).outside);

  it('Galera nodes read what was stored on the other one just before', async () => {
    for (let round = 0; round < 200; round += 1) {
      const id = idOf(1000 + round);
      await add(id);
      expect(await read(other, id), `round ${String(round)}`).not.to.equal(null);
    }
  });

  /** Runs the work on both nodes, and neither commits before both have done it. */
  const atOnce = async (
    works: readonly ((scope: SqlScope) => Promise<unknown>)[],
  ): Promise<readonly number[]> => {
    const done = works.map(() => gate());
    const runs = works.map(() => 0);
    await Promise.all(
      [db.sequelize, other].map((sequelize, index) =>
        sqlTransact(sequelize).transact(async (scope) => {
          runs[index] = (runs[index] ?? 0) + 1;
          await works[index]?.(scope);
          done[index]?.open();
          await Promise.all(done.map(({ opened }) => opened));
        }),
      ),
    );
    return runs;
  };

  it('Galera nodes do not lose an update: one of them runs again', async () => {
    await add(idOf(1));
    const raise = async (scope: SqlScope): Promise<void> => {
      const { things } = thingTables(scope.sequelize);
      const thing = await findRow(things, { id: idOf(1) }, scope);
      if (thing === null) throw new Error('the thing is gone');
      await updateVersion(
        things,
        { id: thing.id, version: thing.version + 1 },
        { quantity: thing.quantity + 1 },
        scope,
      );
    };
    const runs = await atOnce([raise, raise]);
    expect(runs.reduce((sum, each) => sum + each)).to.be.above(2);
    expect((await read(db.sequelize, idOf(1)))?.quantity).to.equal(3);
  });

  it('Galera nodes do not both decide from rows that each has locked', async () => {
    // One of those on duty may leave, as long as another one stays.
    const leave = (note: string, id: string) => async (scope: SqlScope) => {
      const { things } = thingTables(scope.sequelize);
      const onDuty = await findRows(things, { where: { note }, order: [['id', 'ASC']], lock: true }, scope);
      const self = onDuty.find((thing) => thing.id === id);
      if (onDuty.length < 2 || self === undefined) return;
      await updateVersion(things, { id, version: self.version + 1 }, { note: null }, scope);
    };
    // Both would leave only if they came to COMMIT at the very same time, so once is not enough.
    for (let round = 1; round <= 10; round += 1) {
      const note = `on duty, round ${String(round)}`;
      const ids = [idOf(100 + 2 * round), idOf(101 + 2 * round)];
      for (const id of ids)
        await db.transact((scope) =>
          insertRow(thingTables(scope.sequelize).things, aThing({ id, note }), scope),
        );
      await atOnce(ids.map((id) => leave(note, id)));
      const left = await Promise.all(ids.map((id) => read(db.sequelize, id)));
      expect(
        left.filter((thing) => thing?.note === note),
        note,
      ).to.have.length(1);
    }
  });

  it('Galera nodes leave a row that was locked as it was', async () => {
    await add(idOf(4));
    await db.transact((scope) =>
      findRow(thingTables(scope.sequelize).things, { id: idOf(4) }, scope, { lock: true }),
    );
    expect((await read(other, idOf(4)))?.version).to.equal(1);
  });

  it('Galera nodes prepare no statement, since they may lose a conflict that they find meanwhile', async () => {
    const prepared = async (): Promise<number> => {
      const [row] = await db.sequelize.query<{ Value: string }>(
        "SHOW GLOBAL STATUS LIKE 'Com_stmt_prepare'",
        {
          type: QueryTypes.SELECT,
        },
      );
      return Number(row?.Value);
    };
    const before = await prepared();
    await add(idOf(5));
    await read(db.sequelize, idOf(5));
    expect(await prepared()).to.equal(before);
  });

  it('Galera nodes give a lease to one at a time', async () => {
    let inside = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      inside += 1;
      most = Math.max(most, inside);
      await db.sequelize.query('SELECT SLEEP(0.02)', { type: QueryTypes.SELECT });
      inside -= 1;
    };
    const all = [db.sequelize, other, db.sequelize, other].map((sequelize) =>
      withLease(sequelize, 'nodes', work, { pollMs: 5 }),
    );
    await Promise.all(all);
    expect(most).to.equal(1);
  });

  it('Galera nodes leave a lease to each other when one of two concurrent claims ends in a deadlock', async () => {
    const nodes = [1, 2].map((node) => db.another({ node, connections: 1 }));
    // The server would run a lone statement again by itself.
    for (const node of nodes) await node.query('SET SESSION wsrep_retry_autocommit = 0');
    for (let round = 0; round < 50; round += 1) {
      const held = nodes.map((node) =>
        withLease(node, `round ${String(round)}`, () => Promise.resolve('held'), { pollMs: 1 }),
      );
      expect(await Promise.all(held)).to.deep.equal(['held', 'held']);
    }
  });

  it('Galera nodes migrate an empty database once', async () => {
    const empty = await openSqlDatabase('Galera', { migrated: false });
    const two = empty.another({ node: 2 });
    await Promise.all([empty.sequelize, two].map((sequelize) => migrate(sequelize, { pollMs: 20 })));
    expect(await schemaState(two)).to.deep.equal({ pending: [], unknown: [] });
    await empty.close();
  });
});
