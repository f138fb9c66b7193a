import { pageOf } from '#src/kernel/page.js';
import { pageOfRows } from '#src/platform/memory/page.js';
import type { MemoryScope } from '#src/platform/memory/store.js';
import { updateVersion } from '#src/platform/memory/versions.js';
import type { ImportRepository } from '../../application/ports.js';
import { Import, type ImportId, type RowError } from '../../domain/import.js';
import { importChunkTable, importErrorTable, importTable } from './memory-catalog-tables.js';

const isDiscarded = ({ status }: Import): boolean => status === 'cancelled' || status === 'failed';

export const memoryImportRepository = (scope: MemoryScope): ImportRepository => {
  const imports = scope.table(importTable);
  const chunks = scope.table(importChunkTable);
  const errors = scope.table(importErrorTable);
  return {
    find: (id) => imports.find(id),
    lock: (id) => imports.lock(id),
    list: async (page) => {
      const position = ({ createdAt, id }: Import) => ({ key: createdAt.getTime(), id });
      const rows = pageOfRows(await imports.all(), {
        sort: (row) => position(row).key,
        id: ({ id }) => id,
        direction: 'desc',
        page,
      });
      return pageOf(rows, page.limit, position);
    },
    errors: async (importId, page) => {
      const rows = pageOfRows(await errors.all((row) => row.importId === importId), {
        sort: ({ line }) => line,
        id: () => importId,
        direction: 'asc',
        page,
      });
      const { items, next } = pageOf(rows, page.limit, ({ line }) => ({ key: line, id: importId }));
      return { items: items.map(({ importId: _import, ...error }): RowError => error), next };
    },
    countUnfinished: async (limit) => Math.min(limit, (await imports.all(Import.isUnfinished)).length),
    listSilent: async (since) =>
      (await imports.all(({ status, updatedAt }) => status === 'receiving' && updatedAt < since)).map(
        ({ id }) => id,
      ),
    add: (added) => imports.insert(added),
    update: ({ id, version, status, updatedAt, finishedAt }) =>
      updateVersion(imports, id, version, { status, updatedAt, finishedAt }),
    count: async (id, more, at) => {
      const touched = await imports.update(id, (found) => ({
        ...found,
        rows: found.rows + more.rows,
        created: found.created + more.created,
        updated: found.updated + more.updated,
        unchanged: found.unchanged + more.unchanged,
        refused: found.refused + more.refused,
        updatedAt: at,
      }));
      if (touched === 0) throw new Error(`there is no import ${id} to count for`);
    },
    addChunk: (importId, position, rows) => chunks.insert({ importId, position, rows }),
    takeChunk: async (importId) => {
      const found = await chunks.all((chunk) => chunk.importId === importId);
      const [first] = found.toSorted((one, other) => one.position - other.position);
      if (first === undefined) return null;
      await chunks.deleteWhere((chunk) => chunk.importId === importId && chunk.position === first.position);
      return first.rows;
    },
    addErrors: async (importId, found) => {
      for (const error of found) await errors.insert({ importId, ...error });
    },
    discardChunks: async (limit) => {
      const ended = new Set<ImportId>((await imports.all(isDiscarded)).map(({ id }) => id));
      const found = (await chunks.all(({ importId }) => ended.has(importId))).slice(0, limit);
      return chunks.deleteWhere((chunk) =>
        found.some(({ importId, position }) => importId === chunk.importId && position === chunk.position),
      );
    },
    purge: async (endedBefore, limit) => {
      const found = await imports.all(({ finishedAt }) => finishedAt !== null && finishedAt < endedBefore);
      const ids = new Set(found.slice(0, limit).map(({ id }) => id));
      await errors.deleteWhere(({ importId }) => ids.has(importId));
      await chunks.deleteWhere(({ importId }) => ids.has(importId));
      return imports.deleteWhere(({ id }) => ids.has(id));
    },
  };
};
