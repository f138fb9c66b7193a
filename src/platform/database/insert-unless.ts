import { QueryTypes, type literal } from 'sequelize';
import { refusing, type Refusals } from './refusals.js';
import { requireTransaction, type SqlScope } from './scope.js';
import type { Table } from './tables.js';

/**
 * Inserts the row unless the subquery finds a row, by one statement, and returns the number of inserted rows, which the caller
 * must check. The subquery locks nothing: its result may change before the transaction ends.
 */
export const insertRowUnless = async <Row extends object>(
  { name, model }: Table<Row>,
  row: Row,
  { val: subquery }: ReturnType<typeof literal>,
  scope: SqlScope,
  refusals: Refusals = {},
): Promise<number> => {
  const { sequelize } = scope;
  const transaction = requireTransaction(`insert into ${name}`, scope);
  // Sequelize has no types for its generator of values, and no statement of this kind.
  const { queryGenerator } = sequelize.getQueryInterface() as unknown as {
    queryGenerator: {
      escape(value: unknown, attribute: unknown): string;
      quoteIdentifier(name: string): string;
    };
  };
  const attributes: Readonly<Record<string, unknown>> = model.getAttributes();
  const entries = Object.entries(row);
  const columns = entries.map(([column]) => queryGenerator.quoteIdentifier(column));
  const values = entries.map(([column, value]) => queryGenerator.escape(value, attributes[column]));
  // The derived table is for MySQL, which requires a FROM before a WHERE.
  const sql = `INSERT INTO ${queryGenerator.quoteIdentifier(name)} (${columns.join(', ')})
    SELECT ${values.join(', ')} FROM (SELECT 1) AS one WHERE NOT EXISTS ${String(subquery)}`;
  return refusing(name, refusals, () => sequelize.query(sql, { type: QueryTypes.BULKUPDATE, transaction }));
};
