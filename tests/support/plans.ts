import { QueryTypes, type Sequelize } from 'sequelize';

/** How much a statement of one page may read: far more than a page, far less than a table. */
export interface ReadBounds {
  readonly rows: number;
  /** Pages of 8 kB; PostgreSQL alone counts them. */
  readonly buffers: number;
}

/** Tells what is wrong with how a statement was carried out; nothing when it has read no more than the bounds allow. */
export type Judge = (
  sql: string,
  page: {
    readonly isFirst: boolean;
    /** Whether rows may be found by an index and sorted afterwards. */
    readonly isFiltered?: boolean;
  },
) => Promise<readonly string[]>;

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Index Recheck'?: number;
  readonly 'Shared Hit Blocks': number;
  readonly 'Shared Read Blocks': number;
  readonly Plans?: readonly PlanNode[];
}

const nodesUnder = (node: PlanNode): readonly PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodesUnder)];

/** The rows that a node has handled, those that it threw away included. */
const rowsOf = (node: PlanNode): number =>
  node['Actual Loops'] *
  (node['Actual Rows'] +
    (node['Rows Removed by Filter'] ?? 0) +
    (node['Rows Removed by Index Recheck'] ?? 0));

const onPostgres =
  (sequelize: Sequelize, bounds: ReadBounds): Judge =>
  async (sql) => {
    const [row] = await sequelize.query<{ 'QUERY PLAN': readonly { Plan: PlanNode }[] }>(
      `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${sql}`,
      { type: QueryTypes.SELECT, logging: false },
    );
    const plan = row?.['QUERY PLAN'][0]?.Plan;
    if (plan === undefined) throw new Error('PostgreSQL has explained nothing');
    const most = Math.max(...nodesUnder(plan).map(rowsOf));
    const buffers = plan['Shared Hit Blocks'] + plan['Shared Read Blocks'];
    const nodes = nodesUnder(plan)
      .map((node) => [node['Node Type'], node['Relation Name']].filter(Boolean).join(' on '))
      .join(' < ');
    return [
      ...(most > bounds.rows ? [`${most} rows: ${nodes}`] : []),
      ...(buffers > bounds.buffers ? [`${buffers} buffers: ${nodes}`] : []),
    ];
  };

/** MariaDB counts what a connection reads and what its engine throws away. The pool has one connection. */
const onMysql =
  (sequelize: Sequelize, bounds: ReadBounds): Judge =>
  async (sql) => {
    const run = (statement: string) =>
      sequelize.query<Record<string, string>>(statement, { type: QueryTypes.SELECT, logging: false });
    await sequelize.query('FLUSH STATUS', { logging: false });
    await run(sql);
    const counters = await run(
      `SHOW SESSION STATUS WHERE Variable_name LIKE 'Handler_read%' OR Variable_name = 'Handler_icp_attempts'`,
    );
    const rows = counters.reduce((sum, { Value }) => sum + Number(Value), 0);
    if (rows <= bounds.rows) return [];
    const plan = await run(`EXPLAIN ${sql}`);
    return [`${rows} rows: ${plan.map((line) => `${line['key']} ${line['Extra']}`).join(' < ')}`];
  };

/**
 * SQLite counts nothing: its plan has to do. What a statement without a limit sorts is a page. A first page may walk along an
 * index from its end, any other one has to be found by the columns of its position, all of them.
 */
const onSqlite =
  (sequelize: Sequelize): Judge =>
  async (sql, { isFirst, isFiltered = false }) => {
    const plan = await sequelize.query<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, {
      type: QueryTypes.SELECT,
      logging: false,
    });
    const isPage = sql.includes(' LIMIT ');
    const hasTieBreaker = /ORDER BY [^,]+,/.test(sql);
    const isFault = (detail: string): boolean => {
      if (!isPage) return detail.startsWith('SCAN');
      if (detail.includes('TEMP B-TREE FOR ORDER BY')) return !isFiltered;
      if (isFirst) return detail.startsWith('SCAN') && !detail.includes('INDEX');
      return detail.startsWith('SCAN') || (hasTieBreaker && !/\)[<>]\(\?,\?\)/.test(detail));
    };
    // The rows of a subquery, which are read by a plan of their own.
    const isTable = (detail: string): boolean => !/^SCAN (?:CONSTANT ROW|led|source\d)$/.test(detail);
    return plan.map(({ detail }) => detail).filter((detail) => isTable(detail) && isFault(detail));
  };

export const judgeOf = (sequelize: Sequelize, bounds: ReadBounds): Judge => {
  switch (sequelize.getDialect()) {
    case 'postgres':
      return onPostgres(sequelize, bounds);
    case 'mysql':
      return onMysql(sequelize, bounds);
    default:
      return onSqlite(sequelize);
  }
};
