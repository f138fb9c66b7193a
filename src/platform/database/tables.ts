import type { Model, ModelAttributes, ModelStatic, Sequelize } from 'sequelize';
import type { Column } from './columns.js';

export type Columns = Readonly<Record<string, Column<unknown>>>;

/** The row that a set of columns reads as. */
export type RowOf<C extends Columns> = { readonly [K in keyof C]: C[K] extends Column<infer T> ? T : never };

/** A table on one database: Sequelize's model of it, and how its raw rows are read. */
export interface Table<Row extends object> {
  readonly name: string;
  readonly model: ModelStatic<Model<Row, Row>>;
  readonly read: (raw: object) => Row;
  /** The same of raw rows that hold only some of the columns. */
  readonly readOnly: <Name extends keyof Row>(names: readonly Name[], raw: object) => Pick<Row, Name>;
}

/** The row type of a table, for the functions that turn rows into the domain's values and back. */
export type RowIn<T> = T extends Table<infer Row> ? Row : never;

/** Declares a table whose attributes are named as its columns. The table itself is made by the migrations. */
export const defineTable = <C extends Columns>(
  sequelize: Sequelize,
  name: string,
  columns: C,
): Table<RowOf<C>> => {
  type Row = RowOf<C>;
  const readers = Object.entries(columns).map(([key, { read }]) => [key, read] as const);
  const readWith = (chosen: typeof readers, raw: object): object =>
    Object.fromEntries(chosen.map(([key, read]) => [key, read((raw as Record<string, unknown>)[key])]));
  const attributes = Object.fromEntries(
    Object.entries(columns).map(([key, { attribute }]) => [key, { ...attribute }]),
  );
  return {
    name,
    model: sequelize.define<Model<Row, Row>>(name, attributes as ModelAttributes<Model<Row, Row>, Row>, {
      tableName: name,
      timestamps: false,
    }),
    read: (raw) => readWith(readers, raw) as Row,
    readOnly: (names, raw) =>
      readWith(
        readers.filter(([key]) => (names as readonly string[]).includes(key)),
        raw,
      ) as Row,
  };
};

/**
 * The tables of a context, built once for each database: `defineTables((db) => ({ users: defineTable(db, 'users', …) }))`
 * answers a function from a database to its tables.
 */
export const defineTables = <Tables>(
  build: (sequelize: Sequelize) => Tables,
): ((sequelize: Sequelize) => Tables) => {
  const built = new WeakMap<Sequelize, Tables>();
  return (sequelize) => {
    const tables = built.get(sequelize) ?? build(sequelize);
    built.set(sequelize, tables);
    return tables;
  };
};
