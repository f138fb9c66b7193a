import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { catalogTables } from '#src/contexts/catalog/adapters/sequelize/catalog-tables.js';
import { findRows, plus, updateRows } from '#src/platform/database/rows.js';
import { gate } from '../../support/contract-tools.js';
import { eventually } from '../../support/eventually.js';
import type { RunningServer } from '../../support/throwaway-server.js';
import type { Ordeal } from '../ordeal.js';

/** So few that a few transactions that wait for a lock leave no connection to the others. */
export const SMALL_POOL = {
  DATABASE_POOL_MAX: '3',
  DATABASE_ACQUIRE_TIMEOUT_MS: '500',
  DATABASE_LOCK_TIMEOUT_MS: '1000',
};

/** Bounds that are reached soon. */
export const IMPATIENT = {
  DATABASE_ACQUIRE_TIMEOUT_MS: '1000',
  DATABASE_STATEMENT_TIMEOUT_MS: '1000',
  DATABASE_LOCK_TIMEOUT_MS: '1000',
};

/** Longer than it takes to refuse all requests, in milliseconds. */
const RIVAL_PATIENCE = 300_000;

/** A rival holds the stock of all products, and with it all connections; on SQLite, the right to write. */
export const exhaustedPool: Ordeal = {
  name: 'Pressure: every connection waits for a rival',
  refusals: ['busy', 'database_unavailable', 'cart_empty'],
  lasts: true,
  readiness: 200,
  strike: async ({ opened: { transact } }) => {
    const held = gate();
    let released = false;
    const rival = transact(async (scope) => {
      const { stock } = catalogTables(scope.sequelize);
      await updateRows(stock, { quantity: plus('quantity', 0, scope) }, {}, scope);
      held.open();
      // An idle transaction is ended after a while.
      const look = (): Promise<unknown> => findRows(stock, { limit: 1 }, scope);
      await eventually(() => look().then(() => released), 'the release of the rival', RIVAL_PATIENCE);
    });
    await Promise.race([held.opened, rival]);
    return async () => {
      released = true;
      await rival;
    };
  },
};

/** Freezes the database server and all of its processes by SIGSTOP until all requests have been refused. */
export const frozenDatabase = (server: RunningServer): Ordeal => ({
  name: 'Pressure: a frozen database server',
  // `busy`: on awaking, PostgreSQL finds that the time of a statement is over.
  refusals: ['outcome_unknown', 'database_unavailable', 'busy', 'cart_empty'],
  lasts: true,
  readiness: 503,
  strike: async () => {
    await server.signal('STOP');
    return () => server.signal('CONT');
  },
});

/** Fills a file system to its last block, and returns how to make room again. */
const fill = async (folder: string): Promise<() => Promise<void>> => {
  const ballast = join(folder, 'ballast');
  const file = await open(ballast, 'w');
  for (let size = 2 ** 20; size >= 1; size = Math.floor(size / 2)) {
    try {
      for (;;) await file.write(Buffer.alloc(size, 1));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }
  await file.close();
  return () => rm(ballast);
};

/** No room is left on the disk of an embedded database. What is there can be read, so the shop counts as ready. */
export const fullDisk = (folder: string): Ordeal => ({
  name: 'Pressure: a full disk',
  refusals: ['database_unavailable', 'cart_empty'],
  lasts: true,
  readiness: 200,
  strike: () => fill(folder),
});
