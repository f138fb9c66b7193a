import type { Model, ModelAttributes, ModelStatic, Sequelize } from 'sequelize';
import type { Column } from './columns.js';

export type Columns = Readonly<Record<string, Column<unknown>>>;

/** The row type of a set of columns. */
export type RowOf<C extends Columns> = { readonly [K in keyof C]: C[K] extends Column<infer T> ? T : never };

/** A table of one database: its Sequelize model, and the conversion of its raw rows. */
export interface Table<Row extends object> {
  readonly name: string;
  readonly model: ModelStatic<Model<Row, Row>>;
  readonly read: (raw: object) => Row;
  /** The same for raw rows with only some of the columns. */
  readonly readOnly: <Name extends keyof Row>(names: readonly Name[], raw: object) => Pick<Row, Name>;
}

/** The row type of a table, for the functions that map rows to the domain's values and back. */
export type RowIn<T> = T extends Table<infer Row> ? Row : never;

/** Declares a table whose attributes have the names of its columns. The migrations create the table itself. */
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
 * Builds the tables of a context, once for each database: `defineTables((db) => ({ users: defineTable(db, 'users', …) }))`
 * returns a function from a database to its tables.
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
