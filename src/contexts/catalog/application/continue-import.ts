import type { Currency } from '#src/kernel/money.js';
import type { Transact } from '#src/kernel/transact.js';
import { importEvent } from '../domain/events.js';
import { Import, MAX_STORED_ERRORS, type ImportId } from '../domain/import.js';
import { applyRows } from './apply-rows.js';
import type { ImportPorts } from './ports.js';

/** Chunks of one batch, each in a transaction of its own. */
const BATCH = 5;

interface Deps {
  readonly transact: Transact<ImportPorts>;
  readonly currency: Currency;
}

/**
 * Step: applies the next chunk and removes it, in one transaction, so that each row is applied once. Returns whether there was one; none
 * is left once the import is cancelled.
 */
const applyChunk =
  (ports: ImportPorts, currency: Currency) =>
  async (id: ImportId): Promise<boolean> => {
    const { imports, now } = ports;
    const found = await imports.lock(id);
    if (found?.status !== 'running') return false;
    const rows = await imports.takeChunk(id);
    if (rows === null) return false;
    const { errors, ...counts } = await applyRows(ports, currency)(id, rows);
    await imports.addErrors(id, errors.slice(0, Math.max(0, MAX_STORED_ERRORS - found.refused)));
    await imports.count(id, { ...counts, rows: 0 }, now());
    return true;
  };

/** Step: stores that the batch has ended, or the whole import, and else appends the event of the next batch. */
const endBatch =
  ({ imports, events, now }: ImportPorts) =>
  async (id: ImportId, version: number, isLast: boolean): Promise<void> => {
    const found = await imports.lock(id);
    if (found?.status !== 'running' || found.version !== version) return; // cancelled, or delivered twice at the same time
    const advanced = Import.advance(found, { isLast }, now());
    await imports.update(advanced);
    if (!isLast) await events.append(importEvent(advanced));
  };

/**
 * Applies the batch of an import that its version requests: nothing when that was done before, and the rest when a process has died
 * over it. Rejects when `signal` aborts.
 */
export const continueImport =
  ({ transact, currency }: Deps) =>
  async (id: ImportId, version: number, signal: { readonly throwIfAborted: () => void }): Promise<void> => {
    const found = await transact(({ imports }) => imports.find(id));
    if (found?.status !== 'running' || found.version !== version) return;
    let isLast = false;
    for (let chunk = 0; chunk < BATCH && !isLast; chunk += 1) {
      signal.throwIfAborted();
      isLast = !(await transact((ports) => applyChunk(ports, currency)(id)));
    }
    await transact((ports) => endBatch(ports)(id, version, isLast));
  };
