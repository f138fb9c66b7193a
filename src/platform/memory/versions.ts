import { failWrite } from '#src/kernel/errors.js';
import type { MemoryTable, Refusals } from './table.js';

interface Versioned {
  readonly version: number;
}

/**
 * Stores `changes` as `version` if the row has the version before it; fails with `stale_write` if it has another one or is gone.
 */
export const updateVersion = async <Row extends Versioned>(
  table: MemoryTable<Row>,
  key: string,
  version: number,
  changes: Partial<Row>,
  refusals: Refusals = {},
): Promise<void> => {
  const touched = await table.update(
    key,
    (current) => (current.version === version - 1 ? { ...current, ...changes, version } : null),
    refusals,
  );
  if (touched === 0) throw failWrite('stale_write');
};

/** Deletes the row if it has `version`; fails with `stale_write` if it has another one or is gone. */
export const deleteVersion = async <Row extends Versioned>(
  table: MemoryTable<Row>,
  key: string,
  version: number,
  refusals: Refusals = {},
): Promise<void> => {
  const touched = await table.delete(key, (current) => current.version === version, refusals);
  if (touched === 0) throw failWrite('stale_write');
};
