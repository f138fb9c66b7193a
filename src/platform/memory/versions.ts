import { failWrite } from '#src/kernel/errors.js';
import type { MemoryTable, Refusals } from './table.js';

interface Versioned {
  readonly version: number;
}

/**
 * Stores `changes` and raises the version, if the row still has `version`; fails with `stale_write` when it has another
 * one or is gone.
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
    (current) => (current.version === version ? { ...current, ...changes, version: version + 1 } : null),
    refusals,
  );
  if (touched === 0) throw failWrite('stale_write');
};

/** Removes the row if it still has `version`; fails with `stale_write` when it has another one or is gone. */
export const deleteVersion = async <Row extends Versioned>(
  table: MemoryTable<Row>,
  key: string,
  version: number,
  refusals: Refusals = {},
): Promise<void> => {
  const touched = await table.delete(key, (current) => current.version === version, refusals);
  if (touched === 0) throw failWrite('stale_write');
};
