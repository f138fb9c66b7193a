import { Op } from 'sequelize';
import { failWrite } from '#src/kernel/errors.js';
import { code, instant, integer, primaryKey } from '../database/columns.js';
import { deleteRows, findRow, findRows, insertRow, plus, updateRows } from '../database/rows.js';
import type { SqlScope } from '../database/scope.js';
import { defineTable, defineTables } from '../database/tables.js';
import type { RateCount, RateCounts } from './rate-counts.js';

export const rateCountTables = defineTables((db) => ({
  counts: defineTable(db, 'rate_counts', {
    id: primaryKey(code(64)),
    points: integer(),
    endsAt: instant(),
  }),
}));

const TAKEN = { rate_counts_pkey: () => failWrite('stale_write') };

export const sequelizeRateCounts = (scope: SqlScope): RateCounts => {
  const { counts } = rateCountTables(scope.sequelize);
  const find = async (id: string, at: Date): Promise<RateCount | null> => {
    const row = await findRow(counts, { id, endsAt: { [Op.gt]: at } }, scope);
    return row === null ? null : { points: row.points, endsAt: row.endsAt };
  };
  return {
    find,
    add: async (id, points, at, endsAt) => {
      const more = { points: plus('points', points, scope) };
      const touched = await updateRows(counts, more, { id, endsAt: { [Op.gt]: at } }, scope);
      if (touched === 0) {
        await deleteRows(counts, { id, endsAt: { [Op.lte]: at } }, scope);
        await insertRow(counts, { id, points, endsAt }, scope, TAKEN);
      }
      const counted = await find(id, at);
      if (counted === null) throw failWrite('stale_write');
      return counted;
    },
    remove: async (id) => {
      await deleteRows(counts, { id }, scope);
    },
    purge: async (before, limit) => {
      const where = { endsAt: { [Op.lt]: before } };
      const old = await findRows(counts, { where, order: [['endsAt', 'asc']], limit }, scope);
      return old.length === 0
        ? 0
        : deleteRows(counts, { id: { [Op.in]: old.map(({ id }) => id).sort() } }, scope);
    },
  };
};
