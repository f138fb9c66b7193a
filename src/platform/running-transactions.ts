import { AsyncLocalStorage } from 'node:async_hooks';

interface Running {
  readonly of: object;
  readonly outer: Running | undefined;
  over: boolean;
}

/** One for all stores: on Node 20 an AsyncLocalStorage that has been used slows down each promise of the process. */
const current = new AsyncLocalStorage<Running>();

/** Number of transactions that are running. Without any, the storage is switched off. */
let count = 0;

/** Runs the work of a transaction of `store`; meanwhile `isInTransaction` returns true for everything that it calls. */
export const inTransaction = async <T>(store: object, work: () => Promise<T>): Promise<T> => {
  const running: Running = { of: store, outer: current.getStore(), over: false };
  count += 1;
  try {
    return await current.run(running, work);
  } finally {
    running.over = true;
    count -= 1;
    if (count === 0) current.disable();
  }
};

/** Returns whether the caller was called, however deep, by a transaction of `store` that has not ended yet. */
export const isInTransaction = (store: object): boolean => {
  for (let running = current.getStore(); running !== undefined; running = running.outer) {
    if (running.of === store && !running.over) return true;
  }
  return false;
};
