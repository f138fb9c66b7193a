import type { Now } from '#src/kernel/clock.js';
import type { Transact } from '#src/kernel/transact.js';
import { giveUpImport } from './import-products.js';
import type { ImportPorts, ImportReader } from './ports.js';

/** Every chunk that is stored shows that an upload goes on. */
const SILENT_FOR_MS = 10 * 60_000;
const PURGED_AFTER_MS = 30 * 24 * 3_600_000;

interface Deps {
  readonly transact: Transact<ImportPorts>;
  /** Outside any transaction. */
  readonly imports: ImportReader;
  readonly now: Now;
}

/** Gives up imports of which no row has come for ten minutes: the process that received them has died. */
export const giveUpImports =
  ({ transact, imports, now }: Deps) =>
  async (): Promise<void> => {
    const before = new Date(now().getTime() - SILENT_FOR_MS);
    for (const id of await imports.listSilent(before)) await transact(giveUpImport(id, now));
  };

/** Removes rows of imports that were cancelled or given up, at most `limit` chunks of them; returns how many. */
export const discardRows =
  ({ transact }: Pick<Deps, 'transact'>) =>
  (limit: number): Promise<number> =>
    transact(({ imports }) => imports.discardChunks(limit));

/** Removes imports that ended a month ago, with their errors, at most `limit`; returns how many. */
export const purgeImports =
  ({ transact, now }: Pick<Deps, 'transact' | 'now'>) =>
  (limit: number): Promise<number> =>
    transact(({ imports }) => imports.purge(new Date(now().getTime() - PURGED_AFTER_MS), limit));
