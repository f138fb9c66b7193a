import { run } from './prepared.js';
import { refusing, type Refusals } from './refusals.js';
import { requireTransaction, type SqlScope } from './scope.js';
import type { Sql, Value } from './statements.js';
import type { Table } from './tables.js';

/**
 * Inserts the row if a condition on other rows holds, by one statement, and returns the number of inserted rows, which the caller
 * must check. The condition locks nothing: it may change before the transaction ends.
 */
export const insertRowIf = async <Row extends object>(
  { name, names }: Table<Row>,
  row: Row,
  condition: Sql,
  scope: SqlScope,
  refusals: Refusals = {},
): Promise<number> => {
  requireTransaction(`insert into ${name}`, scope);
  const entries = Object.entries(row) as [string, Value][];
  const columns = entries.map(([column]) => names.quote(column)).join(', ');
  // PostgreSQL would read a bound NULL as a text here. The derived table is for MySQL, which requires a FROM before a WHERE.
  const statement: Sql = (bind) =>
    `INSERT INTO ${names.table} (${columns})
    SELECT ${entries.map(([, value]) => (value === null ? 'NULL' : bind(value))).join(', ')}
    FROM (SELECT 1) AS one WHERE ${condition(bind)}`;
  return (await refusing(name, refusals, () => run(statement, scope))).touched;
};
