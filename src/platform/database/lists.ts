import { DataTypes, Op, literal, type Order, type WhereOptions } from 'sequelize';
import type { PageRequest, Position } from '../../kernel/page.js';
import { findRows, type Where } from './rows.js';
import type { SqlScope } from './scope.js';
import type { Table } from './tables.js';

type Literal = ReturnType<typeof literal>;
type Name<Row> = Extract<keyof Row, string>;

export interface PageQuery<Row extends object> {
  readonly where?: Where<Row> | undefined;
  /** A column that is never NULL. */
  readonly sort: { readonly column: Name<Row>; readonly direction: 'asc' | 'desc' };
  /** The tie-breaker, a unique column; `id` unless told. */
  readonly idColumn?: Name<Row>;
  readonly page: PageRequest;
}

/** Instants stand in positions as milliseconds since 1970; anything else stands for itself. */
const sortValue = <Row extends object>(
  { model }: Table<Row>,
  column: Name<Row>,
  key: Position['key'],
): unknown => (model.getAttributes()[column].type instanceof DataTypes.DATE ? new Date(key) : key);

/**
 * The rows that follow `page.after` in the list's order, one more than `page.limit` if there are as many: `pageOf` cuts it
 * off. The position's key is the last row's sort column, an instant as `getTime()`.
 */
export const readPage = <Row extends object>(
  table: Table<Row>,
  {
    where = {},
    sort: { column, direction },
    idColumn = 'id' as Name<Row>,
    page: { limit, after },
  }: PageQuery<Row>,
  scope: SqlScope,
): Promise<readonly Row[]> => {
  const conditions: WhereOptions[] = [where];
  if (after !== null) {
    const beyond = direction === 'asc' ? Op.gt : Op.lt;
    const value = sortValue(table, column, after.key);
    // The first condition follows from the second: it is what lets every optimiser start in the middle of the index.
    conditions.push(
      { [column]: { [direction === 'asc' ? Op.gte : Op.lte]: value } },
      {
        [Op.or]: [{ [column]: { [beyond]: value } }, { [column]: value, [idColumn]: { [beyond]: after.id } }],
      },
    );
  }
  const order: Order = [
    [column, direction],
    [idColumn, direction],
  ];
  return findRows(table, { where: { [Op.and]: conditions } as Where<Row>, order, limit: limit + 1 }, scope);
};

/**
 * The rows whose normalised text in `column` contains every one of `words`, which are normalised alike. `%`, `_` and `!`
 * in a word stand for themselves.
 */
export const containsText = (column: string, words: readonly string[], { sequelize }: SqlScope): Literal => {
  const name = sequelize.getQueryInterface().quoteIdentifier(column);
  const conditions = words.map((word) => {
    const pattern = `%${word.replace(/[!%_]/g, '!$&')}%`;
    return `${name} LIKE ${sequelize.escape(pattern)} ESCAPE '!'`;
  });
  return literal(conditions.length === 0 ? '1 = 1' : `(${conditions.join(' AND ')})`);
};

/** The values of one column in the rows of another table of the same context: `{ id: { [Op.in]: valuesOf(…) } }`. */
export const valuesOf = <Row extends object>(
  { name, model }: Table<Row>,
  column: Name<Row>,
  where: Where<Row>,
  { sequelize }: SqlScope,
): Literal => {
  // `queryGenerator` has no types in Sequelize 6; `selectQuery` is what its own subqueries are made with.
  const { queryGenerator } = sequelize.getQueryInterface() as unknown as {
    queryGenerator: { selectQuery(table: string, options: object, model: unknown): string };
  };
  const query = queryGenerator.selectQuery(name, { attributes: [column], where }, model);
  return literal(`(${query.replace(/;$/, '')})`);
};
