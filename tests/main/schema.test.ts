import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  type Model,
  type ModelAttributeColumnOptions,
  type ModelStatic,
  type QueryInterface,
  Sequelize,
} from 'sequelize';
import { accountTables } from '#src/contexts/accounts/adapters/sequelize/account-tables.js';
import { auditTables } from '#src/contexts/audit/adapters/sequelize/audit-tables.js';
import { cartTables } from '#src/contexts/cart/adapters/sequelize/cart-tables.js';
import { catalogTables } from '#src/contexts/catalog/adapters/sequelize/catalog-tables.js';
import { customerTables } from '#src/contexts/customers/adapters/sequelize/customer-tables.js';
import { orderTables } from '#src/contexts/ordering/adapters/sequelize/order-tables.js';
import { webhookTables } from '#src/contexts/webhooks/adapters/sequelize/webhook-tables.js';
import { CONTEXT_NAMES, type ContextName } from '#src/main/contexts.js';
import { replyTables } from '#src/platform/idempotency/sequelize-idempotency-store.js';
import { inboxTables } from '#src/platform/inbox/sequelize-inbox.js';
import { peopleTables } from '#src/platform/people/sequelize-people.js';
import { rateCountTables } from '#src/platform/limits/sequelize-rate-counts.js';
import { outboxTables } from '#src/platform/outbox/sequelize-outbox-repository.js';
import { onEverySqlDatabase, openSqlDatabase, type OpenDatabase } from '../support/databases.js';

const require = createRequire(import.meta.url);
const FOLDER = join(import.meta.dirname, '../../migrations');

interface Migration {
  down(queryInterface: QueryInterface, library: typeof Sequelize): Promise<void>;
}

/** All migrations, the latest first. */
const latestFirst = (): readonly Migration[] =>
  readdirSync(FOLDER)
    .filter((name) => name.endsWith('.cjs'))
    .sort()
    .reverse()
    .map((name) => require(join(FOLDER, name)) as Migration);

/** The tables of each context, as the migrations know them. */
const { TABLES: OWNED } = require(join(FOLDER, 'support/tables.cjs')) as {
  readonly TABLES: Readonly<Record<string, readonly string[]>>;
};

/** Tables that no context owns: the shop's currency, and what the migrations keep for themselves. */
const PLATFORM_TABLES = ['SequelizeMeta', 'leases', 'shop_settings'];

interface ColumnFacts {
  readonly type: string;
  readonly nullable: boolean;
  readonly primaryKey: boolean;
}

/** Tables by what the code calls them. */
type TablesOf = (
  sequelize: Sequelize,
) => Readonly<Record<string, { readonly name: string; readonly model: unknown }>>;

/** The tables of each context, as its repositories read and write them. */
const TABLES: Readonly<Partial<Record<ContextName, TablesOf>>> = {
  accounts: accountTables,
  audit: auditTables,
  cart: cartTables,
  catalog: catalogTables,
  customers: customerTables,
  ordering: orderTables,
  webhooks: webhookTables,
};

/** The contexts of a database, by what is said of it: those of a whole shop, and each part of them once. */
const HELD: Readonly<Record<string, readonly ContextName[]>> = {
  'The migrated schema': CONTEXT_NAMES,
  'The migrated schema of accounts, audit and privacy': ['accounts', 'audit', 'privacy'],
  'The migrated schema of customers': ['customers'],
  'The migrated schema of the catalogue': ['catalog'],
  'The migrated schema of cart and ordering': ['cart', 'ordering'],
};

/** Every database has other words for one type; what is compared is what the words mean there. */
const plain = (type: string): string =>
  type
    .toUpperCase()
    .replace(/ CHARACTER SET .*/, '')
    .replace('CHARACTER VARYING', 'VARCHAR')
    .replace('CHARACTER(', 'CHAR(')
    .replace('DATETIME(3)', 'DATETIME')
    .replace(/^TINYINT\(1\)$/, 'BOOLEAN')
    .replace(/^(INTEGER|INT)\(\d+\)$|^INT$/, 'INTEGER')
    .replace(/^BIGINT\(\d+\)$/, 'BIGINT')
    .replace(/^(TINY|MEDIUM|LONG)TEXT$/, 'TEXT');

/** What Sequelize resolves types by; it has no types for it. */
interface TypeResolver {
  normalizeDataType(type: unknown): { toSql(): string };
}

const typeIn = (sequelize: Sequelize, { type }: ModelAttributeColumnOptions): string =>
  plain((sequelize as unknown as TypeResolver).normalizeDataType(type).toSql());

const ofModels = (
  sequelize: Sequelize,
  held: readonly ContextName[],
): Record<string, Record<string, ColumnFacts>> =>
  Object.fromEntries(
    [
      ...held.flatMap((context) => TABLES[context] ?? []),
      replyTables,
      outboxTables,
      inboxTables,
      peopleTables,
      rateCountTables,
    ]
      .flatMap((tables: TablesOf) => Object.values(tables(sequelize)))
      .map(({ name, model }) => [
        name,
        Object.fromEntries(
          Object.entries((model as ModelStatic<Model>).getAttributes()).map(([column, attribute]) => [
            column,
            {
              type: typeIn(sequelize, attribute),
              nullable: attribute.allowNull ?? true,
              primaryKey: attribute.primaryKey ?? false,
            },
          ]),
        ),
      ]),
  );

const ofDatabase = async (sequelize: Sequelize): Promise<Record<string, Record<string, ColumnFacts>>> => {
  const queryInterface = sequelize.getQueryInterface();
  const names = (await queryInterface.showAllTables())
    .map(String)
    .filter((name) => !PLATFORM_TABLES.includes(name) && !name.startsWith('sqlite_'));
  const tables = names.map(async (name) => {
    const columns = Object.entries(await queryInterface.describeTable(name)).map(
      ([column, { type, allowNull, primaryKey }]) =>
        [column, { type: plain(type), nullable: allowNull, primaryKey }] as const,
    );
    return [name, Object.fromEntries(columns)] as const;
  });
  return Object.fromEntries(await Promise.all(tables));
};

for (const [schema, held] of Object.entries(HELD))
  onEverySqlDatabase(schema, (name) => {
    let database: OpenDatabase;
    before(async () => (database = await openSqlDatabase(name, { contexts: held })));
    after(() => database.close());

    it(`${schema} has the tables and columns that the models read and write, and no others`, async () => {
      const models = ofModels(database.sequelize, held);
      expect(await ofDatabase(database.sequelize)).to.deep.equal(models);
    });

    it(`${schema} can be taken back, migration by migration, until no table of it is left`, async () => {
      const queryInterface = database.sequelize.getQueryInterface();
      for (const migration of latestFirst()) await migration.down(queryInterface, Sequelize);
      expect(await ofDatabase(database.sequelize)).to.deep.equal({});
    });
  });

describe('The tables of the contexts', () => {
  it('The tables of the contexts are those that migrations leave out where the context is not held', async () => {
    const database = await openSqlDatabase('SQLite', { migrated: false });
    const ofModels = Object.entries(TABLES).map(
      ([context, tables]) =>
        [context, Object.values(tables(database.sequelize)).map((table) => table.name)] as const,
    );
    await database.close();
    for (const [context, names] of ofModels) expect(OWNED[context]).to.have.members(names);
    expect(Object.keys(OWNED)).to.have.members(Object.keys(TABLES));
  });
});
