import { expect } from 'chai';
import { Op } from 'sequelize';
import { DomainError } from '#src/kernel/errors.js';
import {
  deleteRows,
  deleteVersion,
  findRow,
  findRows,
  insertRow,
  insertRows,
  plus,
  updateRows,
  updateVersion,
  updateVersions,
} from '#src/platform/database/rows.js';
import { onEverySqlDatabase, openSqlDatabase, type OpenDatabase } from '../../support/databases.js';
import { codeOf, errorOf } from './refusal.js';
import { aThing, createThings, idOf, thingTables } from './things.js';

const refuse = (code: string) => () => new DomainError('conflict', code, code);

onEverySqlDatabase('Rows', (name) => {
  let db: OpenDatabase;
  let tables: ReturnType<typeof thingTables>;

  before(async () => {
    db = await openSqlDatabase(name, { migrated: false });
    await createThings(db.sequelize);
    tables = thingTables(db.sequelize);
  });
  beforeEach(async () => {
    await db.transact((scope) => deleteRows(tables.things, {}, scope));
    await db.transact((scope) => deleteRows(tables.owners, {}, scope));
  });
  after(() => db.close());

  it('Rows are read as they were written, whatever the driver makes of their types', async () => {
    const thing = aThing({
      name: '𝒯 naïve ☃ \'"`\\ $1 :x ?',
      note: '',
      hidden: true,
      amount: Number.MAX_SAFE_INTEGER,
      quantity: -3,
      madeAt: new Date('2026-12-31T23:59:59.999Z'),
    });
    await db.transact((scope) => insertRow(tables.things, thing, scope));
    expect(await findRow(tables.things, { id: thing.id }, db.outside)).to.deep.equal(thing);
  });

  // SQLite keeps instants as the text that it is given.
  if (name !== 'SQLite')
    it('Rows keep instants to the millisecond, so that what is read finds its row again', async () => {
      await db.transact((scope) => insertRow(tables.things, aThing(), scope));
      const madeAt = db.sequelize.getQueryInterface().quoteIdentifier('madeAt');
      await db.sequelize.query(`UPDATE things SET ${madeAt} = '2026-01-02 03:04:05.678499'`);
      const found = await findRow(tables.things, { madeAt: aThing().madeAt }, db.outside);
      expect(found?.madeAt).to.deep.equal(aThing().madeAt);
    });

  it('Rows keep an amount that is no safe integer from being read as another one', async () => {
    await db.transact((scope) => insertRow(tables.things, aThing(), scope));
    await db.sequelize.query('UPDATE things SET amount = 9007199254740993');
    await errorOf(findRow(tables.things, { id: idOf(1) }, db.outside));
  });

  it('Rows are null when absent', async () => {
    expect(await findRow(tables.things, { id: idOf(9) }, db.outside)).to.equal(null);
  });

  it('Rows are compared by code point: neither letter case nor accents are equal', async () => {
    await db.transact((scope) =>
      insertRows(
        tables.things,
        ['zebra', 'Zebra', 'zébra', '😀', 'ﬀ'].map((text, i) => aThing({ id: idOf(i), name: text })),
        scope,
      ),
    );
    expect(await findRows(tables.things, { where: { name: 'zebra' } }, db.outside)).to.have.length(1);
    const sorted = await findRows(tables.things, { order: [['name', 'asc']] }, db.outside);
    expect(sorted.map((row) => row.name)).to.deep.equal(['Zebra', 'zebra', 'zébra', 'ﬀ', '😀']);
  });

  it('Rows count as touched when an update finds them, even if it changes nothing', async () => {
    await db.transact((scope) => insertRow(tables.things, aThing(), scope));
    expect(
      await db.transact((scope) => updateRows(tables.things, { hidden: false }, { id: idOf(1) }, scope)),
    ).to.equal(1);
    expect(
      await db.transact((scope) => updateRows(tables.things, { hidden: false }, { id: idOf(2) }, scope)),
    ).to.equal(0);
    expect(await db.transact((scope) => deleteRows(tables.things, { id: idOf(2) }, scope))).to.equal(0);
  });

  it('Rows are changed by an expression only where the condition holds', async () => {
    await db.transact((scope) => insertRow(tables.things, aThing({ quantity: 5 }), scope));
    const take = (n: number) =>
      db.transact((scope) =>
        updateRows(
          tables.things,
          { quantity: plus('quantity', -n, scope) },
          { id: idOf(1), quantity: { [Op.gte]: n } },
          scope,
        ),
      );
    expect(await take(3)).to.equal(1);
    expect(await take(3)).to.equal(0);
    expect((await findRow(tables.things, { id: idOf(1) }, db.outside))?.quantity).to.equal(2);
  });

  // Values are bound, or written in place where they are many.
  for (const count of [1, 3, 50])
    it(`Rows are each changed to values of their own by one statement, ${String(count)} at a time`, async () => {
      const owner = { id: idOf(900) };
      const made = Array.from({ length: count }, (_, n) => aThing({ id: idOf(n + 1) }));
      await db.transact((scope) => insertRow(tables.owners, owner, scope));
      await db.transact((scope) => insertRows(tables.things, made, scope));
      const changed = made.map((thing, n) => ({
        ...thing,
        note: n % 2 === 0 ? `note ${String(n)}` : null,
        ownerId: count > 1 && n % 3 === 0 ? owner.id : null, // for a single one, all are null
        amount: n * 10 ** 10,
        quantity: 1 - n,
        hidden: n % 2 === 0,
        madeAt: new Date(thing.madeAt.getTime() + n),
        version: 2,
      }));
      const columns = ['note', 'ownerId', 'amount', 'quantity', 'hidden', 'madeAt'] as const;
      const change = () =>
        db.transact((scope) => updateVersions(tables.things, 'id', columns, changed, scope));
      await change();
      expect(await findRows(tables.things, { order: [['id', 'asc']] }, db.outside)).to.deep.equal(changed);
      expect(await codeOf(change())).to.equal('stale_write');
    });

  it('Rows move to a version only from the one before it', async () => {
    await db.transact((scope) => insertRow(tables.things, aThing(), scope));
    await db.transact((scope) =>
      updateVersion(tables.things, { id: idOf(1), version: 2 }, { amount: 5 }, scope),
    );
    const stale = db.transact((scope) =>
      updateVersion(tables.things, { id: idOf(1), version: 2 }, { amount: 6 }, scope),
    );
    expect(await codeOf(stale)).to.equal('stale_write');
    const stored = await findRow(tables.things, { id: idOf(1) }, db.outside);
    expect(stored).to.deep.include({ amount: 5, version: 2 });
    expect(
      await codeOf(db.transact((scope) => deleteVersion(tables.things, { id: idOf(1), version: 1 }, scope))),
    ).to.equal('stale_write');
    await db.transact((scope) => deleteVersion(tables.things, { id: idOf(1), version: 2 }, scope));
    expect(await findRows(tables.things, { where: {} }, db.outside)).to.have.length(0);
  });

  describe('that violate a constraint', () => {
    const refusals = {
      things_pkey: refuse('id_taken'),
      things_name_unique: refuse('name_taken'),
      things_ownerId_fk: refuse('unknown_owner'),
    };
    beforeEach(() =>
      db.transact((scope) => insertRow(tables.things, aThing({ name: "the 'first'" }), scope)),
    );

    it('Rows that violate a constraint are refused by the name of a unique constraint', async () => {
      const twin = db.transact((scope) =>
        insertRow(tables.things, aThing({ id: idOf(2), name: "the 'first'" }), scope, refusals),
      );
      expect(await codeOf(twin)).to.equal('name_taken');
    });

    it('Rows that violate a constraint are refused by the name of the primary key', async () => {
      const twin = db.transact((scope) =>
        insertRow(tables.things, aThing({ name: 'other' }), scope, refusals),
      );
      expect(await codeOf(twin)).to.equal('id_taken');
    });

    it('Rows that violate a constraint are refused by the name of a foreign key', async () => {
      const orphan = db.transact((scope) =>
        insertRow(tables.things, aThing({ id: idOf(2), ownerId: idOf(7) }), scope, refusals),
      );
      expect(await codeOf(orphan)).to.equal('unknown_owner');
      const update = db.transact((scope) =>
        updateVersion(tables.things, { id: idOf(1), version: 2 }, { ownerId: idOf(7) }, scope, refusals),
      );
      expect(await codeOf(update)).to.equal('unknown_owner');
    });

    it('Rows that violate a constraint are refused when a parent with children is removed', async () => {
      await db.transact((scope) => insertRow(tables.owners, { id: idOf(7) }, scope));
      await db.transact((scope) =>
        insertRow(tables.things, aThing({ id: idOf(2), ownerId: idOf(7) }), scope),
      );
      const removal = db.transact((scope) =>
        deleteRows(tables.owners, { id: idOf(7) }, scope, {
          things_ownerId_fk: refuse('owner_in_use'),
        }),
      );
      expect(await codeOf(removal)).to.equal('owner_in_use');
      expect(await findRows(tables.owners, {}, db.outside)).to.have.length(1);
    });

    it('Rows that violate a constraint fail with the database’s own error if the write does not name the constraint', async () => {
      const twin = db.transact((scope) =>
        insertRow(tables.things, aThing({ name: 'other' }), scope, {
          things_name_unique: refuse('name_taken'),
        }),
      );
      expect(await errorOf(twin)).not.to.be.an.instanceOf(DomainError);
    });
  });

  it('Rows are locked only inside a transaction', async () => {
    await db.transact((scope) => insertRow(tables.things, aThing(), scope));
    await errorOf(findRow(tables.things, { id: idOf(1) }, db.outside, { lock: true }));
    const locked = await db.transact((scope) =>
      findRow(tables.things, { id: idOf(1) }, scope, { lock: true }),
    );
    expect(locked?.id).to.equal(idOf(1));
  });
});
