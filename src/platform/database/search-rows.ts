import { failSearch } from '../search-places.js';
import { because, isTimedOut } from './database-errors.js';
import { inPlace } from './prepared.js';
import { findColumns, findRows, type RowQuery } from './rows.js';
import type { SqlScope } from './scope.js';
import { selectFrom } from './statements.js';
import type { Table } from './tables.js';

export type SearchQuery<Row extends object> = Omit<RowQuery<Row>, 'lock'>;

type Statement<Row extends object> = [table: Table<Row>, query: SearchQuery<Row>, scope: SqlScope];

/** Reads off this thread outside a transaction of an embedded database, and `here` otherwise. */
const read = async <Row extends object, Read>(
  [table, query, scope]: Statement<Row>,
  columns: readonly string[] | null,
  convert: (raw: object) => Read,
  here: () => Promise<readonly Read[]>,
): Promise<readonly Read[]> => {
  const { reader } = scope.sequelize.options;
  if (reader === undefined || scope.transaction !== undefined) return here();
  return (await reader(inPlace(selectFrom(table, columns, query), scope.sequelize))).map(convert);
};

const inTime = async <T>(search: Promise<T>): Promise<T> => {
  try {
    return await search;
  } catch (error) {
    throw isTimedOut(error) ? because(failSearch('search_timed_out'), error) : error;
  }
};

/**
 * Like `findRows`, for a statement that may take long: outside a transaction an embedded database is read off this thread, and a
 * statement that the server ends fails with `search_timed_out`.
 */
export const searchRows = <Row extends object>(...statement: Statement<Row>): Promise<readonly Row[]> =>
  inTime(read(statement, null, statement[0].read, () => findRows(...statement)));

/** Like `findColumns`, in the same way. */
export const searchColumns = <Row extends object, Name extends Extract<keyof Row, string>>(
  table: Table<Row>,
  names: readonly Name[],
  query: SearchQuery<Row>,
  scope: SqlScope,
): Promise<readonly Pick<Row, Name>[]> =>
  inTime(
    read([table, query, scope], names, table.reading(names), () => findColumns(table, names, query, scope)),
  );
