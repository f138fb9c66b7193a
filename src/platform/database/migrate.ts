import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { QueryTypes, Sequelize, type QueryInterface } from 'sequelize';
import type { Umzug } from 'umzug';
import { withLease, type LeaseOptions } from './lease.js';
import { requireUnicode } from './require-unicode.js';
import { requireWritable } from './require-writable.js';
import { checkCurrency } from './shop-settings.js';

interface Migration {
  up(queryInterface: QueryInterface, library: typeof Sequelize): Promise<void>;
  down(queryInterface: QueryInterface, library: typeof Sequelize): Promise<void>;
}

/** The difference between a database's schema and this code's, as names of migrations. */
export interface SchemaState {
  /** Known and not applied: the schema is behind. */
  readonly pending: readonly string[];
  /** Applied and not known: the schema belongs to a later version than this code. */
  readonly unknown: readonly string[];
}

/** The table in which sequelize-cli stores the names, so that either can continue the other's work. */
const META_TABLE = 'SequelizeMeta';

const require = createRequire(import.meta.url);

/** Finds the folder next to `src`; the build places this file at a different depth. */
const findFolder = (from: string): string => {
  const folder = join(from, 'migrations');
  if (existsSync(folder)) return folder;
  if (dirname(from) === from) throw new Error('the folder of the migrations is missing');
  return findFolder(dirname(from));
};

const FOLDER = findFolder(import.meta.dirname);

const knownMigrations = (): readonly string[] =>
  readdirSync(FOLDER)
    .filter((name) => name.endsWith('.cjs'))
    .sort();

const appliedMigrations = async (sequelize: Sequelize): Promise<readonly string[]> => {
  const queryInterface = sequelize.getQueryInterface();
  if (!(await queryInterface.tableExists(META_TABLE))) return [];
  const table = queryInterface.quoteIdentifier(META_TABLE);
  const rows = await sequelize.query<{ name: string }>(`SELECT name FROM ${table}`, {
    type: QueryTypes.SELECT,
  });
  return rows.map(({ name }) => name);
};

/** Returns the state without changing anything; also works on an empty database. */
export const schemaState = async (sequelize: Sequelize): Promise<SchemaState> => {
  const known = knownMigrations();
  const applied = await appliedMigrations(sequelize);
  return {
    pending: known.filter((name) => !applied.includes(name)),
    unknown: applied.filter((name) => !known.includes(name)),
  };
};

/**
 * Returns a remark if the schema is ahead of this code, else null: during the roll-out of a new version, the old one goes on
 * serving. Throws if the database is unavailable or its schema is behind this code.
 */
export const checkSchema = async (sequelize: Sequelize): Promise<string | null> => {
  const { pending, unknown } = await schemaState(sequelize);
  if (pending.length > 0) throw new Error(`the schema is behind; missing migrations: ${pending.join(', ')}`);
  if (unknown.length === 0) return null;
  return `the schema is of a later version of Portico, which this process can serve but not start on: ${unknown.join(', ')}`;
};

const refuseLater = ({ unknown }: SchemaState): void => {
  if (unknown.length > 0)
    throw new Error(`the database is of a later version of Portico: it has ${unknown.join(', ')}`);
};

const migrator = async (sequelize: Sequelize, beforeEach: () => void): Promise<Umzug<QueryInterface>> => {
  // Loading it takes a seventh of a start, and most starts find nothing to migrate.
  const { SequelizeStorage, Umzug } = await import('umzug');
  return new Umzug({
    context: sequelize.getQueryInterface(),
    storage: new SequelizeStorage({ sequelize, modelName: META_TABLE }),
    logger: undefined,
    migrations: knownMigrations().map((name) => {
      const migration = require(join(FOLDER, name)) as Migration;
      return {
        name,
        up: ({ context }) => {
          beforeEach();
          return migration.up(context, Sequelize);
        },
        down: ({ context }) => migration.down(context, Sequelize),
      };
    }),
  });
};

/** Returns whether the migrations of a start have created all tables of the shop: nothing was stored before. */
export const madeDatabase = (migrations: readonly string[]): boolean =>
  migrations.some((name) => name === knownMigrations()[0]);

/**
 * Brings the schema up to date and returns the names of the applied migrations; one process works at a time and the others wait.
 * Throws if the schema belongs to a later version than this code, if the database belongs to a shop in another currency, and if
 * it can't store every text or accepts no writes.
 */
export const migrate = async (sequelize: Sequelize, lease?: LeaseOptions): Promise<readonly string[]> => {
  await requireUnicode(sequelize);
  const state = await schemaState(sequelize);
  refuseLater(state);
  let done: readonly string[] = [];
  if (state.pending.length > 0)
    await withLease(
      sequelize,
      'migrations',
      async (holdsLease) => {
        refuseLater(await schemaState(sequelize)); // a process of a later version may have held the lease meanwhile
        const umzug = await migrator(sequelize, holdsLease);
        done = (await umzug.up()).map(({ name }) => name);
      },
      lease,
    );
  await checkCurrency(sequelize);
  await requireWritable(sequelize);
  return done;
};
