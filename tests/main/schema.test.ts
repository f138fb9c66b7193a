import { expect } from 'chai';
import type { Model, ModelAttributeColumnOptions, ModelStatic, Sequelize } from 'sequelize';
import { accountTables } from '#src/contexts/accounts/adapters/sequelize/account-tables.js';
import { auditTables } from '#src/contexts/audit/adapters/sequelize/audit-tables.js';
import { cartTables } from '#src/contexts/cart/adapters/sequelize/cart-tables.js';
import { catalogTables } from '#src/contexts/catalog/adapters/sequelize/catalog-tables.js';
import { customerTables } from '#src/contexts/customers/adapters/sequelize/customer-tables.js';
import { orderTables } from '#src/contexts/ordering/adapters/sequelize/order-tables.js';
import { replyTables } from '#src/platform/idempotency/sequelize-idempotency-store.js';
import { rateCountTables } from '#src/platform/limits/sequelize-rate-counts.js';
import { outboxTables } from '#src/platform/outbox/sequelize-outbox-repository.js';
import { onEverySqlDatabase, openSqlDatabase, type OpenDatabase } from '../support/databases.js';

/** Tables that no context owns: the shop's currency, and what the migrations keep for themselves. */
const PLATFORM_TABLES = ['SequelizeMeta', 'leases', 'shop_settings'];

interface ColumnFacts {
  readonly type: string;
  readonly nullable: boolean;
  readonly primaryKey: boolean;
}

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

const ofModels = (sequelize: Sequelize): Record<string, Record<string, ColumnFacts>> =>
  Object.fromEntries(
    [
      accountTables,
      auditTables,
      cartTables,
      catalogTables,
      customerTables,
      orderTables,
      replyTables,
      outboxTables,
      rateCountTables,
    ]
      .flatMap((tables) => Object.values<{ name: string; model: ModelStatic<Model> }>(tables(sequelize)))
      .map(({ name, model }) => [
        name,
        Object.fromEntries(
          Object.entries(model.getAttributes()).map(([column, attribute]) => [
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

onEverySqlDatabase('The migrated schema', (name) => {
  let database: OpenDatabase;
  before(async () => (database = await openSqlDatabase(name)));
  after(() => database.close());

  it('The migrated schema has the tables and columns that the models read and write, and no others', async () => {
    const models = ofModels(database.sequelize);
    expect(Object.keys(models)).to.have.length(26);
    expect(await ofDatabase(database.sequelize)).to.deep.equal(models);
  });
});
