import type { Sequelize } from 'sequelize';
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

export const createThings = async (sequelize: Sequelize): Promise<void> => {
  const mysql = sequelize.getDialect() === 'mysql';
  const quote = (name: string): string => sequelize.getQueryInterface().quoteIdentifier(name);
  const options = mysql ? 'ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin' : '';
  await sequelize.query(`CREATE TABLE owners (id CHAR(36) NOT NULL, PRIMARY KEY (id)) ${options}`);
  await sequelize.query(`CREATE TABLE things (
    id CHAR(36) NOT NULL, name VARCHAR(200) NOT NULL, note VARCHAR(50) NULL, ${quote('ownerId')} CHAR(36) NULL,
    amount BIGINT NOT NULL, quantity INTEGER NOT NULL, hidden BOOLEAN NOT NULL, ${quote('madeAt')} DATETIME(3) NOT NULL,
    version INTEGER NOT NULL, PRIMARY KEY (id), CONSTRAINT things_name_unique UNIQUE (name),
    CONSTRAINT ${quote('things_ownerId_fk')} FOREIGN KEY (${quote('ownerId')}) REFERENCES owners (id) ON DELETE RESTRICT) ${options}`);
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
