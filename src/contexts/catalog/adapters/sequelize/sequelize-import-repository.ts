import { Op } from 'sequelize';
import { pageOf } from '#src/kernel/page.js';
import { positionBy, readPage, valuesOf } from '#src/platform/database/lists.js';
import {
  deleteRows,
  findColumns,
  findRow,
  insertRow,
  insertRows,
  plus,
  takeRows,
  updateRows,
  updateVersion,
} from '#src/platform/database/rows.js';
import { requireTransaction, type SqlScope } from '#src/platform/database/scope.js';
import type { ImportRepository } from '../../application/ports.js';
import type { ImportCounts, ImportRow, RowProblem } from '../../domain/import.js';
import { catalogTables } from './catalog-tables.js';

const COUNTS = [
  'rows',
  'created',
  'updated',
  'unchanged',
  'refused',
] as const satisfies readonly (keyof ImportCounts)[];

/** Looked at again a little later. */
const SILENT = 20;

export const sequelizeImportRepository = (scope: SqlScope): ImportRepository => {
  const { imports, importChunks: chunks, importErrors: errors } = catalogTables(scope.sequelize);
  return {
    find: (id) => findRow(imports, { id }, scope),
    lock: (id) => findRow(imports, { id }, scope, { lock: true }),
    list: async (page) => {
      const rows = await readPage(imports, { sort: { column: 'createdAt', direction: 'desc' }, page }, scope);
      return pageOf(rows, page.limit, positionBy('createdAt'));
    },
    errors: async (importId, page) => {
      const sort = { column: 'line', direction: 'asc', unique: true } as const;
      const query = { equal: { importId }, sort, idColumn: 'importId', index: 'PRIMARY', page } as const;
      const { items, next } = pageOf(
        await readPage(errors, query, scope),
        page.limit,
        positionBy('line', 'importId'),
      );
      return {
        // Written by `addErrors` alone.
        items: items.map(({ line, sku, problems }) => ({
          ...{ line, sku },
          problems: JSON.parse(problems) as readonly RowProblem[],
        })),
        next,
      };
    },
    countUnfinished: async (limit) => {
      const where = { status: ['receiving', 'running'] } as const;
      return (await findColumns(imports, ['id'], { where, limit }, scope)).length;
    },
    listSilent: async (since) => {
      const where = { status: 'receiving', updatedAt: { [Op.lt]: since } } as const;
      return (await findColumns(imports, ['id'], { where, limit: SILENT }, scope)).map(({ id }) => id);
    },
    add: (added) => insertRow(imports, added, scope),
    update: ({ id, version, status, updatedAt, finishedAt }) =>
      updateVersion(imports, { id, version }, { status, updatedAt, finishedAt }, scope),
    count: async (id, more, at) => {
      const counts = Object.fromEntries(COUNTS.map((name) => [name, plus(name, more[name], scope)]));
      const touched = await updateRows(imports, { ...counts, updatedAt: at }, { id }, scope);
      if (touched === 0) throw new Error(`there is no import ${id} to count for`);
    },
    addChunk: (importId, position, rows) =>
      insertRow(chunks, { importId, position, rows: JSON.stringify(rows) }, scope),
    takeChunk: async (importId) => {
      const query = { where: { importId }, order: [['position', 'asc']], limit: 1 } as const;
      const [first] = await findColumns(chunks, ['position'], query, scope);
      if (first === undefined) return null;
      const [taken] = await takeRows(chunks, { importId, position: first.position }, scope);
      // Written by `addChunk` alone.
      return taken === undefined ? null : (JSON.parse(taken.rows) as readonly ImportRow[]);
    },
    addErrors: (importId, found) =>
      insertRows(
        errors,
        found.map(({ line, sku, problems }) => ({
          ...{ importId, line, sku },
          problems: JSON.stringify(problems),
        })),
        scope,
      ),
    discardChunks: async (limit) => {
      requireTransaction('removal of rows of imports', scope);
      const ended = valuesOf(imports, 'id', { status: ['cancelled', 'failed'] });
      const where = { importId: { [Op.in]: ended } };
      const found = await findColumns(chunks, ['importId', 'position'], { where, limit }, scope);
      const [first] = found;
      if (first === undefined) return 0;
      const position = found
        .filter(({ importId }) => importId === first.importId)
        .map((each) => each.position);
      return deleteRows(chunks, { importId: first.importId, position }, scope);
    },
    purge: async (endedBefore, limit) => {
      requireTransaction('purge of imports', scope);
      const where = { finishedAt: { [Op.lt]: endedBefore } };
      const order = [['finishedAt', 'asc']] as const;
      const found = await findColumns(imports, ['id'], { where, order, limit }, scope);
      return found.length === 0 ? 0 : deleteRows(imports, { id: found.map(({ id }) => id).sort() }, scope);
    },
  };
};
