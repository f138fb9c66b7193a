import { failSearch } from '../search-places.js';
import { because, isTimedOut } from './database-errors.js';
import { findRows, type RowQuery } from './rows.js';
import type { SqlScope } from './scope.js';
import type { Table } from './tables.js';

export type SearchQuery<Row extends object> = Omit<RowQuery<Row>, 'lock'>;

/** Returns the statement that reads some columns of the rows of a query. */
export const selectStatement = <Row extends object>(
  { name, model }: Table<Row>,
  columns: readonly string[],
  { where, order, limit }: SearchQuery<Row>,
  { sequelize }: SqlScope,
): string => {
  // Sequelize 6 has no types for `queryGenerator`; its own subqueries use `selectQuery`.
  const { queryGenerator } = sequelize.getQueryInterface() as unknown as {
    queryGenerator: { selectQuery(table: string, options: object, model: unknown): string };
  };
  const options = {
    attributes: [...columns],
    ...(where !== undefined && { where }),
    ...(order !== undefined && { order }),
    ...(limit !== undefined && { limit }),
  };
  return queryGenerator.selectQuery(name, options, model).replace(/;$/, '');
};

const read = async <Row extends object>(
  table: Table<Row>,
  query: SearchQuery<Row>,
  scope: SqlScope,
): Promise<readonly Row[]> => {
  const { reader } = scope.sequelize.options;
  if (reader === undefined || scope.transaction !== undefined) return findRows(table, query, scope);
  const columns = Object.keys(table.model.getAttributes());
  return (await reader(selectStatement(table, columns, query, scope))).map(table.read);
};

/**
 * Like `findRows`, for a statement that may take long: outside a transaction an embedded database is read off this thread, and a
 * statement that the server ends fails with `search_timed_out`.
 */
export const searchRows: typeof read = async (...query) => {
  try {
    return await read(...query);
  } catch (error) {
    throw isTimedOut(error) ? because(failSearch('search_timed_out'), error) : error;
  }
};
