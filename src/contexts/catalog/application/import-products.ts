import { OPERATOR, type Manager } from '#src/kernel/actor.js';
import type { WithAudit } from '#src/kernel/audit.js';
import type { Now } from '#src/kernel/clock.js';
import type { NewId } from '#src/kernel/ids.js';
import type { Transact, Work } from '#src/kernel/transact.js';
import { fail } from '../domain/errors.js';
import { importEvent } from '../domain/events.js';
import {
  Import,
  MAX_STORED_ERRORS,
  MAX_UNFINISHED_IMPORTS,
  NO_COUNTS,
  type ImportFormat,
  type ImportId,
  type ImportRow,
  type RowError,
} from '../domain/import.js';
import type { ImportPorts } from './ports.js';

/** A row of a file that can be applied, or what is wrong with it. */
export type ReadRow = { readonly row: ImportRow } | { readonly error: RowError };

/** Rows of one chunk, which is applied in one transaction. */
const CHUNK_ROWS = 200;
/** Code units of the texts of a chunk, after which it ends: rows with long descriptions. */
const CHUNK_LENGTH = 256 * 1024;
/** Of one file. */
const MAX_IMPORT_ROWS = 1_000_000;

interface Deps {
  readonly transact: Transact<ImportPorts>;
  readonly newId: NewId;
  readonly now: Now;
}

/** Step: returns the import, locked, while its rows are received. Fails with `import_ended` if it was cancelled or given up meanwhile. */
const lockReceiving = async ({ imports }: ImportPorts, id: ImportId): Promise<Import> => {
  const found = await imports.lock(id);
  if (found?.status !== 'receiving') throw fail('import_ended', { importStatus: found?.status ?? 'failed' });
  return found;
};

const lengthOf = ({ content }: ImportRow): number =>
  Object.values(content).reduce(
    (sum: number, value) => sum + (typeof value === 'string' ? value.length : 8),
    64,
  );

/** Stores rows as they arrive, a chunk at a time, so that neither a large file nor a slow sender takes memory. */
const storeRows = async (
  { transact, now }: Deps,
  id: ImportId,
  rows: AsyncIterable<ReadRow>,
): Promise<number> => {
  let [chunks, total, length, stored] = [0, 0, 0, 0];
  let good: ImportRow[] = [];
  let bad: RowError[] = [];
  const flush = async (): Promise<void> => {
    const [chunk, errors, position] = [good, bad, chunks];
    const room = Math.max(0, MAX_STORED_ERRORS - stored);
    [good, bad, length] = [[], [], 0];
    chunks += chunk.length > 0 ? 1 : 0;
    stored += errors.length;
    await transact(async (ports) => {
      await lockReceiving(ports, id);
      if (chunk.length > 0) await ports.imports.addChunk(id, position, chunk);
      await ports.imports.addErrors(id, errors.slice(0, room));
      const counts = { ...NO_COUNTS, rows: chunk.length + errors.length, refused: errors.length };
      await ports.imports.count(id, counts, now());
    });
  };
  for await (const read of rows) {
    total += 1;
    if (total > MAX_IMPORT_ROWS) throw fail('import_too_large');
    if ('error' in read) bad.push(read.error);
    else {
      good.push(read.row);
      length += lengthOf(read.row);
    }
    if (good.length + bad.length >= CHUNK_ROWS || length >= CHUNK_LENGTH) await flush();
  }
  if (good.length + bad.length > 0) await flush();
  return total;
};

/**
 * Receives the rows of a file and returns the work that has them applied: all of them have to arrive before the first one is. Fails with
 * `too_many_imports`, `import_too_large`, `import_empty` or `import_ended`, and as reading the rows fails; nothing is applied then.
 */
export const importProducts =
  (deps: Deps) =>
  async (
    by: Manager<'catalog:write'>,
    format: ImportFormat,
    rows: AsyncIterable<ReadRow>,
  ): Promise<Work<ImportPorts, Import>> => {
    const { transact, newId, now } = deps;
    const id = newId<ImportId>();
    await transact(async ({ imports }) => {
      // Not exact while several begin at once: it bounds what is stored, and nothing depends on it.
      if ((await imports.countUnfinished(MAX_UNFINISHED_IMPORTS)) >= MAX_UNFINISHED_IMPORTS)
        throw fail('too_many_imports', { limit: MAX_UNFINISHED_IMPORTS });
      const requestedBy = by === OPERATOR ? null : by.id;
      await imports.add(Import.receive({ id, format, requestedBy }, now()));
    });
    try {
      if ((await storeRows(deps, id, rows)) === 0) throw fail('import_empty');
    } catch (error) {
      // If this fails as well, `giveUpImports` does it.
      await transact(giveUpImport(id, now)).catch(() => undefined);
      throw error;
    }
    return async (ports) => {
      const running = Import.run(await lockReceiving(ports, id), now());
      await ports.imports.update(running);
      await ports.events.append(importEvent(running));
      return running;
    };
  };

/** Gives up an import that is still being received. */
export const giveUpImport =
  (id: ImportId, now: Now): Work<ImportPorts, void> =>
  async ({ imports }) => {
    const found = await imports.lock(id);
    if (found?.status === 'receiving') await imports.update(Import.giveUp(found, now()));
  };

/** Stops an import; what was applied stays. One that has ended stays as it is. Fails with `import_not_found`. */
export const cancelImport =
  (_by: Manager<'catalog:write'>, id: ImportId): Work<ImportPorts & WithAudit, Import> =>
  async ({ imports, audit, now }) => {
    const found = await imports.lock(id);
    if (found === null) throw fail('import_not_found');
    if (!Import.isUnfinished(found)) return found;
    const cancelled = Import.cancel(found, now());
    await imports.update(cancelled);
    await audit.record({ action: 'import.cancelled', subject: id });
    return cancelled;
  };
