import { expect } from 'chai';
import { Op } from 'sequelize';
import { pageOf, type PageRequest, type Position } from '#src/kernel/page.js';
import { havingWords, readPage, valuesOf } from '#src/platform/database/lists.js';
import { deleteRows, findRows, insertRow, insertRows } from '#src/platform/database/rows.js';
import { onEverySqlDatabase, openSqlDatabase, type OpenDatabase } from '../../support/databases.js';
import { aThing, createThings, idOf, thingTables, type Thing } from './things.js';

onEverySqlDatabase('Lists', (name) => {
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

  const sorts = {
    name: (thing: Thing): Position => ({ key: thing.name, id: thing.id }),
    amount: (thing: Thing): Position => ({ key: thing.amount, id: thing.id }),
    madeAt: (thing: Thing): Position => ({ key: thing.madeAt.getTime(), id: thing.id }),
  };

  for (const column of ['name', 'amount', 'madeAt'] as const) {
    for (const direction of ['asc', 'desc'] as const) {
      it(`Lists sorted by ${column} ${direction} are walked whole, and in order, where rows share a sort value`, async () => {
        const numbers = Array.from({ length: 23 }, (_, i) => i);
        await db.transact((scope) =>
          insertRows(
            tables.things,
            numbers.map((i) =>
              aThing({
                id: idOf((i * 7) % 23),
                name: `n${String(i).padStart(2, '0')}`,
                amount: Math.floor(i / 4),
                madeAt: new Date(Date.UTC(2026, 0, 1, 0, 0, 0, Math.floor(i / 5))),
              }),
            ),
            scope,
          ),
        );
        const walk = async (after: Position | null): Promise<readonly Thing[]> => {
          const page: PageRequest = { limit: 4, after };
          const rows = await readPage(tables.things, { sort: { column, direction }, page }, db.outside);
          const { items, next } = pageOf(rows, page.limit, sorts[column]);
          return next === null ? items : [...items, ...(await walk(next))];
        };
        const walked = await walk(null);
        const whole = await findRows(
          tables.things,
          {
            order: [
              [column, direction],
              ['id', direction],
            ],
          },
          db.outside,
        );
        expect(whole).to.have.length(23);
        expect(walked).to.deep.equal(whole);
      });
    }
  }

  it('Lists keep to their filter on every page', async () => {
    await db.transact((scope) =>
      insertRows(
        tables.things,
        [1, 2, 3, 4].map((i) => aThing({ id: idOf(i), hidden: i % 2 === 0 })),
        scope,
      ),
    );
    const page = { limit: 5, after: { key: 1999, id: idOf(1) } };
    const sort = { column: 'amount', direction: 'asc' } as const;
    const rows = await readPage(tables.things, { where: { hidden: false }, sort, page }, db.outside);
    expect(rows.map((row) => row.id)).to.deep.equal([idOf(3)]);
  });

  it('Lists keep to a range of the sort on every page, also after a position that lies outside of it', async () => {
    await db.transact((scope) =>
      insertRows(
        tables.things,
        [1, 2, 3, 4, 5, 6].map((i) => aThing({ id: idOf(i), amount: i })),
        scope,
      ),
    );
    const read = async (direction: 'asc' | 'desc', at: number | null) => {
      const after = at === null ? null : { key: at, id: idOf(at) };
      const sort = { column: 'amount', direction } as const;
      const query = { range: { from: 2, to: 6 }, sort, page: { limit: 9, after } };
      return (await readPage(tables.things, query, db.outside)).map(({ amount }) => amount);
    };
    expect(await read('asc', null)).to.deep.equal([2, 3, 4, 5]);
    expect(await read('asc', 2)).to.deep.equal([3, 4, 5]);
    expect(await read('asc', 0)).to.deep.equal([2, 3, 4, 5]);
    expect(await read('desc', null)).to.deep.equal([5, 4, 3, 2]);
    expect(await read('desc', 5)).to.deep.equal([4, 3, 2]);
    expect(await read('desc', 6)).to.deep.equal([5, 4, 3, 2]);
  });

  it('Lists need no tie-breaker where no two rows share a value', async () => {
    await db.transact((scope) =>
      insertRows(
        tables.things,
        [1, 2, 3].map((i) => aThing({ id: idOf(9 - i), amount: i })),
        scope,
      ),
    );
    const sort = { column: 'amount', direction: 'desc', unique: true } as const;
    const page = { limit: 5, after: { key: 3, id: idOf(6) } };
    const rows = await readPage(tables.things, { sort, page }, db.outside);
    expect(rows.map(({ amount }) => amount)).to.deep.equal([2, 1]);
  });

  it('Lists find every text with words that begin as requested, and take the signs of patterns for themselves', async () => {
    const names = [
      ' red 100% wool',
      ' red wool',
      ' snake_case',
      ' snakexcase',
      ' !wow red',
      " it's",
      ' \\back',
      ' $1 :name ?',
    ];
    await db.transact((scope) =>
      insertRows(
        tables.things,
        names.map((text, i) => aThing({ id: idOf(i), name: text })),
        scope,
      ),
    );
    const found = async (...words: string[]): Promise<string[]> => {
      const where = { [Op.and]: [havingWords('name', words, db.outside)] };
      return (await findRows(tables.things, { where, order: [['id', 'asc']] }, db.outside)).map(
        (row) => row.name,
      );
    };
    expect(await found('re', 'wool')).to.deep.equal([' red 100% wool', ' red wool']);
    expect(await found('ed')).to.deep.equal([]);
    expect(await found('100%')).to.deep.equal([' red 100% wool']);
    expect(await found('snake_')).to.deep.equal([' snake_case']);
    expect(await found('!')).to.deep.equal([' !wow red']);
    expect(await found("it's")).to.deep.equal([" it's"]);
    expect(await found('\\')).to.deep.equal([' \\back']);
    expect(await found('$1', ':name', '?')).to.deep.equal([' $1 :name ?']);
    expect(await found()).to.have.length(names.length);
  });

  it('Lists can be narrowed by the rows of a neighbouring table', async () => {
    await db.transact((scope) => insertRow(tables.owners, { id: idOf(7) }, scope));
    await db.transact((scope) =>
      insertRows(tables.things, [aThing({ id: idOf(1), ownerId: idOf(7) }), aThing({ id: idOf(2) })], scope),
    );
    const owned = valuesOf(tables.things, 'ownerId', { hidden: false, ownerId: { [Op.ne]: null } });
    const owners = await findRows(tables.owners, { where: { id: { [Op.in]: owned } } }, db.outside);
    expect(owners.map((row) => row.id)).to.deep.equal([idOf(7)]);
  });
});
