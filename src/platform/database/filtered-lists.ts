import { Op } from 'sequelize';
import { pageOf, type Page, type Position } from '#src/kernel/page.js';
import { positionAfter, positionBy, readPageColumns, type PageQuery } from './lists.js';
import { run } from './prepared.js';
import type { Where } from './rows.js';
import type { SqlScope } from './scope.js';
import type { Sql } from './statements.js';
import type { Table } from './tables.js';

// A list of which the index of its sort leads to more rows than the filter lets pass. A page of it reads no more than a bounded
// number of rows: those that another index leads to, if they are few, else those that follow in the order of the list, up to a
// distance at which the page ends, however many it has found.

/**
 * Rows that an index leads to, all those that meet the filter among them: returns the statement that selects their ids. They are in
 * the order of the index, or PostgreSQL would rather look for the first ones in the whole table.
 */
export type Lead = (limit?: number) => Sql;

/** How many rows are read by a lead at once, and how many if too few of the first ones of the list have met the filter. */
const FEW = 100;
const MANY = 1_000;
/** How many rows a page reads in the order of the list, step by step: those nearby, and those beyond. */
const STEPS = [100, 400, 1_000] as const;
const NEAR = 500;
const ALL = 1_500;

/** Returns the lead to the fewest rows; null if each of them leads to more than `most`. */
const shortest = async (leads: readonly Lead[], most: number, scope: SqlScope): Promise<Lead | null> => {
  if (leads.length === 0) return null;
  const counts: Sql = (bind) =>
    `SELECT ${leads.map((lead, i) => `(SELECT COUNT(*) FROM (${lead(most + 1)(bind)}) AS led) AS lead${i}`).join(', ')}`;
  const { rows } = await run(counts, scope);
  const sizes = leads.map((_lead, i) => Number((rows[0] as Readonly<Record<string, unknown>>)[`lead${i}`]));
  const least = Math.min(...sizes);
  return least > most ? null : (leads[sizes.indexOf(least)] ?? null);
};

/** Returns the condition for rows that a lead leads to, such that the database begins with the lead. */
const ledBy = <Row extends object>({ names }: Table<Row>, lead: Lead): Where<Row> =>
  names.dialect === 'postgres'
    ? // It guesses how long a subquery is, but takes an array for a short one.
      (bind) => `${names.qualified('id')} = ANY (ARRAY(${lead()(bind)}))`
    : ({ id: { [Op.in]: (bind) => `(${lead()(bind)})` } } as Where<Row>);

/**
 * Returns some columns of a page of a filtered list, the sort's column and the id among them. The page ends early where it has read far
 * without finding enough rows: it may hold fewer rows than its limit, even none, while more follow.
 */
export const readFiltered = async <Row extends object, Column extends Extract<keyof Row, string>>(
  table: Table<Row>,
  columns: readonly Column[],
  { leads, ...query }: PageQuery<Row> & { readonly leads: readonly Lead[] },
  scope: SqlScope,
): Promise<Page<Pick<Row, Column>>> => {
  type Found = Page<Pick<Row, Column>>;
  const { limit, after } = query.page;
  const position = positionBy<Row>(query.sort.column) as (row: Pick<Row, Column>) => Position;
  const byLead = async (most: number): Promise<Found | null> => {
    const lead = await shortest(leads, most, scope);
    if (lead === null) return null;
    const where = { [Op.and]: [ledBy(table, lead), query.where ?? {}] } as Where<Row>;
    const led = { ...query, where, index: 'PRIMARY' };
    return pageOf(await readPageColumns(table, columns, led, scope), limit, position);
  };

  const few = await byLead(FEW);
  if (few !== null) return few;
  const found: Pick<Row, Column>[] = [];
  let reached = after;
  let distance = 0;
  for (const step of STEPS) {
    const rest = { ...query, page: { limit: limit - found.length, after: reached } };
    const last = await positionAfter(table, rest, step, scope);
    found.push(...(await readPageColumns(table, columns, { ...rest, last }, scope)));
    if (found.length > limit || last === null) return pageOf(found, limit, position);
    [reached, distance] = [last, distance + step];
    if (found.length === limit) break;
    // Going on would hardly fill half of the page.
    const isSparse = found.length * (ALL / NEAR) <= limit / 2;
    const many = distance === NEAR && isSparse ? await byLead(MANY) : null;
    if (many !== null) return many;
  }
  return { items: found, next: reached };
};
