import type { RecordedChanges } from '#src/platform/reply-cache/followed-changes.js';
import type { CatalogReaders } from '../../application/ports.js';

/** The changes of the catalogue that all processes record; null if there is one process only. */
export interface ChangeReaders {
  readonly catalogChanges: RecordedChanges | null;
}

export interface CachedReaders extends CatalogReaders, ChangeReaders {}
