import { failSearch } from '../search-places.js';
import { because, isTimedOut } from './database-errors.js';
import { inPlace } from './prepared.js';
import { findRows, type RowQuery } from './rows.js';
import type { SqlScope } from './scope.js';
import { selectFrom } from './statements.js';
import type { Table } from './tables.js';

export type SearchQuery<Row extends object> = Omit<RowQuery<Row>, 'lock'>;

const read = async <Row extends object>(
  table: Table<Row>,
  query: SearchQuery<Row>,
  scope: SqlScope,
): Promise<readonly Row[]> => {
  const { reader } = scope.sequelize.options;
  if (reader === undefined || scope.transaction !== undefined) return findRows(table, query, scope);
  return (await reader(inPlace(selectFrom(table, null, query), scope.sequelize))).map(table.read);
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
