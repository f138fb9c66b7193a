import type { Model, ModelAttributes, ModelStatic, Sequelize } from 'sequelize';
import { perObject } from '../per-object.js';
import type { Column } from './columns.js';

export type Columns = Readonly<Record<string, Column<unknown>>>;

/** The row type of a set of columns. */
export type RowOf<C extends Columns> = { readonly [K in keyof C]: C[K] extends Column<infer T> ? T : never };

/** The names of a table as statements write them, quoted as its database quotes names. */
export interface Names {
  readonly dialect: string;
  readonly table: string;
  /** As declared, not quoted. */
  readonly columns: readonly string[];
  /** All columns, qualified, for SELECT. */
  readonly all: string;
  readonly quote: (name: string) => string;
  /** Returns a column with the name of its table before it; throws when the table has no such column. */
  readonly qualified: (column: string) => string;
}

/** A table of one database: its Sequelize model, its names, and the conversion of its raw rows. */
export interface Table<Row extends object> {
  readonly name: string;
  readonly model: ModelStatic<Model<Row, Row>>;
  readonly names: Names;
  readonly read: (raw: object) => Row;
  /** Returns the conversion of raw rows with only some of the columns, which may have a prefix there. */
  readonly reading: <Name extends keyof Row>(
    names: readonly Name[],
    prefix?: string,
  ) => (raw: object) => Pick<Row, Name>;
}

/** A table of any rows. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- what it reads is what it writes, whatever that is
export type AnyTable = Table<any>;

/** Returns the names of all columns of a table. */
export const columnsOf = <Row extends object>({ names }: Table<Row>) =>
  names.columns as readonly Extract<keyof Row, string>[];

/** The row type of a table, for the functions that map rows to the domain's values and back. */
export type RowIn<T> = T extends Table<infer Row> ? Row : never;

const namesOf = (sequelize: Sequelize, name: string, columns: readonly string[]): Names => {
  const queryInterface = sequelize.getQueryInterface();
  const quoted = new Map<string, string>(); // quoting costs more than all else that is done with a name
  const quote = (identifier: string): string => {
    const known = quoted.get(identifier) ?? queryInterface.quoteIdentifier(identifier);
    quoted.set(identifier, known);
    return known;
  };
  const qualified = new Map(columns.map((column) => [column, `${quote(name)}.${quote(column)}`]));
  return {
    dialect: sequelize.getDialect(),
    table: quote(name),
    columns,
    all: [...qualified.values()].join(', '),
    quote,
    qualified: (column) => {
      const found = qualified.get(column);
      if (found === undefined) throw new TypeError(`${name} has no column ${column}`);
      return found;
    },
  };
};

/** Returns the conversion of raw rows, column by column. */
const reader = (
  columns: readonly (readonly [name: string, read: (raw: unknown) => unknown])[],
  prefix = '',
): ((raw: object) => object) => {
  const members = columns.map(([name, read]) => ({ name, from: prefix + name, read }));
  return (raw) => {
    const row: Record<string, unknown> = {};
    for (const { name, from, read } of members) row[name] = read((raw as Record<string, unknown>)[from]);
    return row;
  };
};

/** Declares a table whose attributes have the names of its columns. The migrations create the table itself. */
export const defineTable = <C extends Columns>(
  sequelize: Sequelize,
  name: string,
  columns: C,
): Table<RowOf<C>> => {
  type Row = RowOf<C>;
  const readers = Object.entries(columns).map(([key, { read }]) => [key, read] as const);
  const attributes = Object.fromEntries(
    Object.entries(columns).map(([key, { attribute }]) => [key, { ...attribute }]),
  );
  return {
    name,
    model: sequelize.define<Model<Row, Row>>(name, attributes as ModelAttributes<Model<Row, Row>, Row>, {
      tableName: name,
      timestamps: false,
    }),
    names: namesOf(sequelize, name, Object.keys(columns)),
    read: reader(readers) as (raw: object) => Row,
    reading: (names, prefix) => {
      const chosen = readers.filter(([key]) => (names as readonly string[]).includes(key));
      return reader(chosen, prefix) as (raw: object) => Row;
    },
  };
};

/**
 * Builds the tables of a context and how they refer to each other, once for each database:
 * `defineTables((db) => ({ users: defineTable(db, 'users', …) }))` returns a function from a database to its tables.
 */
export const defineTables: <Tables>(
  build: (sequelize: Sequelize) => Tables,
) => (sequelize: Sequelize) => Tables = perObject;
