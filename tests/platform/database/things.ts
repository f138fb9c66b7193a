import { createRequire } from 'node:module';
import { DataTypes, type QueryInterface, type Sequelize } from 'sequelize';
import {
  flag,
  instant,
  integer,
  minorUnits,
  nullable,
  primaryKey,
  text,
  uuid,
  version,
} from '#src/platform/database/columns.js';
import { defineTable, defineTables, type RowIn } from '#src/platform/database/tables.js';

/** Two tables of no context, with a column of every kind. */
export const thingTables = defineTables((sequelize) => ({
  owners: defineTable(sequelize, 'owners', { id: primaryKey(uuid()) }),
  things: defineTable(sequelize, 'things', {
    id: primaryKey(uuid()),
    name: text(200),
    note: nullable(text(50)),
    ownerId: nullable(uuid()),
    amount: minorUnits(),
    quantity: integer(),
    hidden: flag(),
    madeAt: instant(),
    version: version(),
  }),
}));

export type Thing = RowIn<ReturnType<typeof thingTables>['things']>;

const require = createRequire(import.meta.url);
type ColumnType = Readonly<Record<string, unknown>>;
const columnTypes = require('../../../migrations/support/column-types.cjs') as (
  dataTypes: typeof DataTypes,
) => Record<'uuid' | 'minorUnits' | 'integer' | 'flag' | 'instant', ColumnType> & {
  text(length: number): ColumnType;
  nullable(column: ColumnType): ColumnType;
};
const createTable = require('../../../migrations/support/create-table.cjs') as (
  queryInterface: QueryInterface,
  table: string,
  shape: object,
) => Promise<void>;

export const createThings = async (sequelize: Sequelize): Promise<void> => {
  const types = columnTypes(DataTypes);
  const queryInterface = sequelize.getQueryInterface();
  await createTable(queryInterface, 'owners', { columns: { id: types.uuid }, primaryKey: ['id'] });
  await createTable(queryInterface, 'things', {
    columns: {
      id: types.uuid,
      name: types.text(200),
      note: types.nullable(types.text(50)),
      ownerId: types.nullable(types.uuid),
      amount: types.minorUnits,
      quantity: types.integer,
      hidden: types.flag,
      madeAt: types.instant,
      version: types.integer,
    },
    primaryKey: ['id'],
    unique: [['name']],
    foreignKeys: { ownerId: { table: 'owners', column: 'id', onDelete: 'RESTRICT' } },
  });
};

export const idOf = (number: number): string => `018f0000-0000-7000-8000-${String(number).padStart(12, '0')}`;

export const aThing = (overrides: Partial<Thing> = {}): Thing => ({
  id: idOf(1),
  name: `thing ${overrides.id ?? idOf(1)}`,
  note: null,
  ownerId: null,
  amount: 1999,
  quantity: 10,
  hidden: false,
  madeAt: new Date('2026-01-02T03:04:05.678Z'),
  version: 1,
  ...overrides,
});
