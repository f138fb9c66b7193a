// What statements cost this process: CPU for each, as Sequelize's models send them and as rows.ts does, in turns in one run.
import { Sequelize } from 'sequelize';
import { sequelizeOptions } from '#src/platform/database/connect.js';
import { insertRow, findRow, updateRows } from '#src/platform/database/rows.js';
import { openSqlDatabase, type OpenDatabase, type SqlDatabaseName } from '../support/databases.js';
import { aThing, createThings, idOf, thingTables } from '../platform/database/things.js';

const ROUNDS = 7;
/** Of each kind in each round. */
const TIMES = Number(process.env['BENCH_TIMES'] ?? 400);

type Act = (time: number) => Promise<unknown>;

/** Microseconds of CPU for each time, the driver's and the garbage collector's included. */
const cpuOf = async (act: Act): Promise<number> => {
  const before = process.cpuUsage();
  for (let time = 0; time < TIMES; time += 1) await act(time);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / TIMES;
};

const medianOf = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

/** The same work by a model of a plain Sequelize and by rows.ts. */
const kindsOn = (
  plain: Sequelize,
  { sequelize, outside, transact }: OpenDatabase,
): Readonly<Record<string, readonly [Act, Act]>> => {
  const { things } = thingTables(sequelize);
  const { model } = thingTables(plain).things;
  let made = 1_000;
  const aNewThing = () => aThing({ id: idOf((made += 1)), name: `thing ${made}` });
  const id = idOf(1);
  return {
    'findRow by key': [
      () => model.findAll({ where: { id }, limit: 1, raw: true, transaction: null }),
      () => findRow(things, { id }, outside),
    ],
    'transaction of an update': [
      (time) =>
        plain.transaction((transaction) =>
          model.update({ quantity: time }, { where: { id }, transaction, validate: false, hooks: false }),
        ),
      (time) => transact((scope) => updateRows(things, { quantity: time }, { id }, scope)),
    ],
    'transaction of an insert': [
      () =>
        plain.transaction((transaction) =>
          plain
            .getQueryInterface()
            .bulkInsert('things', [aNewThing()], { transaction }, model.getAttributes()),
        ),
      () => transact((scope) => insertRow(things, aNewThing(), scope)),
    ],
    'empty transaction': [
      () => plain.transaction(() => Promise.resolve()),
      () => transact(() => Promise.resolve()),
    ],
  };
};

const measure = async (name: SqlDatabaseName): Promise<Record<string, object>> => {
  const database = await openSqlDatabase(name, { migrated: false });
  const plain = new Sequelize(sequelizeOptions({ url: database.url, currency: 'USD' }));
  try {
    await createThings(database.sequelize);
    const { things } = thingTables(database.sequelize);
    await database.transact((scope) => insertRow(things, aThing(), scope));
    const kinds = Object.entries(kindsOn(plain, database));
    const costs = new Map(kinds.map(([kind]) => [kind, [[], []] as [number[], number[]]]));
    for (let round = 0; round < ROUNDS; round += 1)
      for (const [kind, [byModel, byRows]] of kinds) {
        costs.get(kind)?.[0].push(await cpuOf(byModel));
        costs.get(kind)?.[1].push(await cpuOf(byRows));
      }
    return Object.fromEntries(
      [...costs].map(([kind, [byModel, byRows]]) => {
        const [before, after] = [medianOf(byModel.slice(1)), medianOf(byRows.slice(1))];
        const ratio = (after / before).toFixed(2);
        return [`${name}: ${kind}`, { model: Math.round(before), rows: Math.round(after), ratio }];
      }),
    );
  } finally {
    await plain.close();
    await database.close();
  }
};

console.log(`CPU in µs, medians of ${String(ROUNDS - 1)} rounds of ${String(TIMES)}`);
for (const name of ['SQLite', 'MariaDB', 'PostgreSQL'] as const) console.table(await measure(name));
