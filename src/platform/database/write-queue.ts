import { resolve } from 'node:path';
import { Mutex, withTimeout } from 'async-mutex';
import type { Sequelize } from 'sequelize';
import { failDatabase } from './database-errors.js';

/** Runs pieces of work one after another, in the order of the calls. */
export type WriteQueue = <T>(work: () => Promise<T>) => Promise<T>;

const mutexes = new Map<string, Mutex>();

/**
 * Returns the write queue of an embedded database file, shared by all connections of this process to it: SQLite has one writer,
 * and a queue wakes the next one at once, which polling for the lock would not. Work that has waited for as long as a connection
 * may take fails with `busy`. A server needs no queue.
 */
export const writeQueue = ({ options }: Sequelize): WriteQueue => {
  if (options.storage === undefined) return (work) => work();
  const file = resolve(options.storage);
  const mutex = mutexes.get(file) ?? new Mutex();
  mutexes.set(file, mutex);
  const patience = options.pool?.acquire ?? 5_000;
  return (work) => withTimeout(mutex, patience, failDatabase('busy')).runExclusive(work);
};
