import { expect } from 'chai';
import { integer, primaryKey, text } from '#src/platform/database/columns.js';
import { addRows, copyRows } from '#src/platform/database/copy-rows.js';
import { deleteRows, findRows, insertRows } from '#src/platform/database/rows.js';
import type { SqlScope } from '#src/platform/database/scope.js';
import { defineTable, defineTables } from '#src/platform/database/tables.js';
import { onEverySqlDatabase, openSqlDatabase, type OpenDatabase } from '../../support/databases.js';

/** Keys of one column and of two, in tables that the migrations do not know. */
const tables = defineTables((db) => ({
  goods: defineTable(db, 'copied_goods', { id: primaryKey(integer()), amount: integer() }),
  lines: defineTable(db, 'copied_lines', {
    owner: primaryKey(text(10)),
    position: primaryKey(integer()),
    amount: integer(),
  }),
}));
const goods = ({ sequelize }: SqlScope) => tables(sequelize).goods;
const lines = ({ sequelize }: SqlScope) => tables(sequelize).lines;

const sorted = (rows: readonly object[]): readonly string[] => rows.map((row) => JSON.stringify(row)).sort();

onEverySqlDatabase('Copying rows', (name) => {
  let [from, to]: OpenDatabase[] = [];
  const both = (): readonly [OpenDatabase, OpenDatabase] => {
    if (from === undefined || to === undefined) throw new Error('not open');
    return [from, to];
  };
  before(async () => {
    [from, to] = [
      await openSqlDatabase(name, { migrated: false }),
      await openSqlDatabase(name, { migrated: false }),
    ];
    for (const { sequelize } of [from, to])
      for (const { model } of [tables(sequelize).goods, tables(sequelize).lines]) await model.sync();
  });
  beforeEach(async () => {
    for (const { sequelize, transact } of both())
      await transact(async (scope) => {
        await deleteRows(tables(sequelize).goods, {}, scope);
        await deleteRows(tables(sequelize).lines, {}, scope);
      });
  });
  after(async () => {
    for (const each of both()) await each.close();
  });

  const many = Array.from({ length: 1_010 }, (_, index) => index);
  const manyLines = many.map((n) => ({ owner: `o${String(Math.floor(n / 7))}`, position: n % 7, amount: n }));

  it(`Copying rows copies those of a key of one column, and of two, on ${name}`, async () => {
    const [source, target] = both();
    await source.transact(async (scope) => {
      await insertRows(
        goods(scope),
        many.map((id) => ({ id, amount: -id })),
        scope,
      );
      await insertRows(lines(scope), manyLines, scope);
    });
    expect(await copyRows({ table: goods, from: source.outside, to: target })).to.equal(many.length);
    expect(await copyRows({ table: lines, from: source.outside, to: target })).to.equal(many.length);
    for (const table of [goods, lines])
      expect(sorted(await findRows(table(target.outside) as never, {}, target.outside))).to.deep.equal(
        sorted(await findRows(table(source.outside) as never, {}, source.outside)),
      );
  });

  it(`Copying rows goes on after the last one that is there, on ${name}`, async () => {
    const [source, target] = both();
    await source.transact((scope) => insertRows(lines(scope), manyLines, scope));
    const inOrder = manyLines.toSorted((a, b) =>
      a.owner < b.owner ? -1 : a.owner > b.owner ? 1 : a.position - b.position,
    );
    await target.transact((scope) => insertRows(lines(scope), inOrder.slice(0, 333), scope));
    expect(await copyRows({ table: lines, from: source.outside, to: target })).to.equal(manyLines.length);
  });

  it(`Copying rows adds each once to those of another database, and replaces what is told, on ${name}`, async () => {
    const [source, target] = both();
    await source.transact((scope) =>
      insertRows(
        goods(scope),
        [1, 2, 3].map((id) => ({ id, amount: 10 })),
        scope,
      ),
    );
    await target.transact((scope) =>
      insertRows(
        goods(scope),
        [
          { id: 2, amount: 5 },
          { id: 3, amount: 50 },
          { id: 4, amount: 5 },
        ],
        scope,
      ),
    );
    const copying = { table: goods, from: source.outside, to: target };
    const isMore = {
      replaces: (row: object, stored: object) => Number(Object(row).amount) > Number(Object(stored).amount),
    };
    for (let times = 0; times < 2; times += 1) expect(await addRows(copying, isMore)).to.equal(3);
    expect(await findRows(goods(target.outside), { order: [['id', 'asc']] }, target.outside)).to.deep.equal([
      { id: 1, amount: 10 },
      { id: 2, amount: 10 },
      { id: 3, amount: 50 },
      { id: 4, amount: 5 },
    ]);
  });
});
