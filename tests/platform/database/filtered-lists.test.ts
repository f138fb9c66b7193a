import { expect } from 'chai';
import { Op } from 'sequelize';
import type { Page, Position } from '#src/kernel/page.js';
import { readFiltered, type Lead } from '#src/platform/database/filtered-lists.js';
import { insertRows } from '#src/platform/database/rows.js';
import { selectFrom } from '#src/platform/database/statements.js';
import { onEverySqlDatabase, openSqlDatabase, type OpenDatabase } from '../../support/databases.js';
import { aThing, createThings, idOf, thingTables } from './things.js';

const COUNT = 12_000;

onEverySqlDatabase('A filtered list', (name) => {
  let db: OpenDatabase;
  let things: ReturnType<typeof thingTables>['things'];
  let statements = 0;

  before(async () => {
    db = await openSqlDatabase(name, { migrated: false });
    await createThings(db.sequelize);
    things = thingTables(db.sequelize).things;
    // Three share each amount; one of 4,000 is hidden, and the last 3,000 have a quantity.
    const thing = (i: number) =>
      aThing({
        id: idOf(i),
        amount: Math.floor(i / 3),
        hidden: i % 4_000 === 5,
        quantity: i < 9_000 ? 0 : 1,
      });
    for (let first = 0; first < COUNT; first += 1_000) {
      const rows = Array.from({ length: 1_000 }, (_, i) => thing(first + i));
      await db.transact((scope) => insertRows(things, rows, scope));
    }
    db.sequelize.options.logging = () => (statements += 1);
  });
  after(() => db.close());

  const lead =
    (where: object): Lead =>
    (limit) =>
      selectFrom(things, ['id'], { where, ...(limit !== undefined && { limit }) });

  const walk = async (where: object, direction: 'asc' | 'desc', leads: readonly Lead[] = []) => {
    const pages: Page<{ readonly id: string }>[] = [];
    let after: Position | null = null;
    do {
      statements = 0;
      const query = {
        where,
        leads,
        sort: { column: 'amount', direction },
        page: { limit: 2, after },
      } as const;
      const page: Page<{ readonly id: string }> = await readFiltered(
        things,
        ['id', 'amount'],
        query,
        db.outside,
      );
      pages.push(page);
      after = page.next;
    } while (after !== null);
    return pages;
  };
  const idsIn = (pages: readonly Page<{ readonly id: string }>[]) =>
    pages.flatMap(({ items }) => items.map(({ id }) => id));
  const hidden = [5, 4_005, 8_005].map(idOf);

  it('A filtered list holds every row once and in order, though its pages end early', async () => {
    const up = await walk({ hidden: true }, 'asc');
    expect(idsIn(up)).to.deep.equal(hidden);
    expect(idsIn(await walk({ hidden: true }, 'desc'))).to.deep.equal(hidden.toReversed());
  });

  it('A filtered list ends a page after 1,500 rows, be it empty', async () => {
    const pages = await walk({ quantity: 2 }, 'asc');
    expect(idsIn(pages)).to.deep.equal([]);
    const ends = Array.from({ length: 8 }, (_, i) => 1_500 * (i + 1) - 1);
    expect(pages.map(({ next }) => next)).to.deep.equal([
      ...ends.map((end) => ({ key: Math.floor(end / 3), id: idOf(end) })),
      null,
    ]);
  });

  it('A filtered list is read by what leads to few rows', async () => {
    const pages = await walk({ hidden: true }, 'asc', [lead({}), lead({ hidden: true })]);
    expect(idsIn(pages)).to.deep.equal(hidden);
    expect(statements, 'the count and the page').to.equal(2);
  });

  it('A filtered list is read by what leads to more rows where the first ones of the list do not fit', async () => {
    const where = { quantity: 1, amount: { [Op.gte]: 3_900 } };
    const pages = await walk(where, 'asc', [lead({ amount: { [Op.gte]: 3_900 } })]);
    expect(idsIn(pages)).to.deep.equal(Array.from({ length: 300 }, (_, i) => idOf(11_700 + i)));
  });
});
