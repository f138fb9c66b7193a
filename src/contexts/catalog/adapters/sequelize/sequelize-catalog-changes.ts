import type { ProductId } from '#src/kernel/ids.js';
import { run } from '#src/platform/database/prepared.js';
import type { SqlScope } from '#src/platform/database/scope.js';
import type { Sql } from '#src/platform/database/statements.js';
import { outboxTables } from '#src/platform/outbox/sequelize-outbox-repository.js';
import type { ChangeRange, RecordedChanges } from '#src/platform/reply-cache/followed-changes.js';
import type { Tags } from '#src/platform/reply-cache/tagged-cache.js';
import { changes } from '../catalog-tags.js';
import { catalogTables } from './catalog-tables.js';

interface Found {
  readonly kind: 'product' | 'category' | 'stock' | 'earlier';
  readonly id: string;
  readonly about: ProductId;
  /** Of an `earlier` row: how many there are. Of the stock: 1 if it was moved to or from nothing. */
  readonly number: number | string;
}

const tagsOf = ({ kind, about, number }: Found): Tags => {
  if (kind === 'category') return changes.categories();
  if (kind === 'product') return changes.product(about);
  return changes.stock(about, { toOrFromNothing: Number(number) === 1 });
};

/**
 * Reads changes of the stock from its ledger and the others from the outbox, by one statement and so from one snapshot: of each, a
 * range of its primary key to read and one to count.
 */
const selectChanges = (scope: SqlScope, { from, since, limit }: ChangeRange): Sql => {
  const { ledger } = catalogTables(scope.sequelize);
  const { events } = outboxTables(scope.sequelize);
  const { quote } = ledger.names;
  const [id, about, number, balance] = [quote('id'), quote('about'), quote('number'), quote('balance')];
  const toOrFromNothing = `CASE WHEN ${balance} = 0 OR ${balance} = ${quote('delta')} THEN 1 ELSE 0 END`;
  const sources = [
    {
      table: ledger.names.table,
      columns: `'stock' AS kind, ${id}, ${quote('productId')} AS ${about}, ${toOrFromNothing} AS ${number}`,
      only: '',
    },
    {
      table: events.names.table,
      columns: `${quote('aggregate')} AS kind, ${id}, ${quote('aggregateId')} AS ${about}, 0 AS ${number}`,
      only: `${quote('aggregate')} IN ('product', 'category') AND `,
    },
  ];
  return (bind) =>
    sources
      .flatMap(({ table, columns, only }, index) => [
        `SELECT * FROM (SELECT ${columns} FROM ${table} WHERE ${only}${id} >= ${bind(since)} ` +
          `ORDER BY ${id} LIMIT ${bind(limit)}) ${quote(`source${String(index)}`)}`,
        `SELECT 'earlier' AS kind, '' AS ${id}, '' AS ${about}, COUNT(*) AS ${number} FROM ${table} ` +
          `WHERE ${only}${id} >= ${bind(from)} AND ${id} < ${bind(since)}`,
      ])
      .join(' UNION ALL ');
};

export const sequelizeCatalogChanges = (scope: SqlScope): RecordedChanges => ({
  list: async (range) => {
    const rows = (await run(selectChanges(scope, range), scope)).rows as readonly Found[];
    return {
      changes: rows.flatMap((row) => (row.kind === 'earlier' ? [] : [{ id: row.id, tags: tagsOf(row) }])),
      earlier: rows.reduce((sum, { kind, number }) => sum + (kind === 'earlier' ? Number(number) : 0), 0),
    };
  },
});
