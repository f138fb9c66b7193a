import { setTimeout as sleep } from 'node:timers/promises';
import type { Sequelize, Transaction } from 'sequelize';
import { type DomainError, isDomainError } from '#src/kernel/errors.js';
import type { Transact } from '#src/kernel/transact.js';
import { inTransaction, isInTransaction } from '../running-transactions.js';
import {
  asOutage,
  because,
  failDatabase,
  isConnectionLost,
  isOutcomeUnknown,
  isRefusedByNode,
  isTransient,
} from './database-errors.js';
import { hasAborted } from './postgres-session.js';
import type { SqlScope } from './scope.js';
import { writeQueue } from './write-queue.js';

/** Bounds of the retries of work that failed because of a concurrent transaction. */
export interface RetryBounds {
  /** Maximum number of attempts. */
  readonly attempts?: number;
  /** Milliseconds after which no further attempt starts. */
  readonly withinMs?: number;
}

export interface SqlTransactions {
  /** Bound to no transaction: for queries. Its `transaction` throws while a `transact` runs, since the query would escape. */
  readonly outside: SqlScope;
  readonly transact: Transact<SqlScope>;
}

const FIRST_PAUSE_MS = 8;
const LONGEST_PAUSE_MS = 250;

/**
 * Waits for a random time whose bound doubles with every attempt, so that transactions that collided once do not collide again.
 */
const pause = (attempt: number): Promise<void> =>
  sleep(Math.random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt));

const isStale = (error: unknown): error is DomainError => isDomainError(error) && error.kind === 'stale';

const rollBack = async (transaction: Transaction): Promise<void> => {
  // After a deadlock Sequelize has rolled back already.
  if (transaction.finished !== undefined) return;
  try {
    await transaction.rollback();
  } catch {
    // The connection is gone, or Sequelize has just closed it: either way the server rolls back, and the error of the work
    // matters more to the caller than this one.
  }
};

const commit = async (transaction: Transaction): Promise<void> => {
  if (await hasAborted(transaction.connection)) {
    await rollBack(transaction);
    throw new Error('the work went on after a statement of it had failed: nothing of it is stored');
  }
  try {
    await transaction.commit();
  } catch (error) {
    throw isOutcomeUnknown(error) ? because(failDatabase('outcome_unknown'), error) : error;
  }
};

/** Returns the transactions of one database. See `Transact` for their guarantees. */
export const sqlTransact = (
  sequelize: Sequelize,
  { attempts = 12, withinMs = 10_000 }: RetryBounds = {},
): SqlTransactions => {
  const queued = writeQueue(sequelize);
  const isRunning = (): boolean => isInTransaction(sequelize);
  /**
   * Returns whether nothing is stored, because COMMIT was not sent or not started, and another server of the cluster can run the
   * work.
   */
  const canGoElsewhere = (error: unknown): boolean =>
    sequelize.options.failsOver === true && (isConnectionLost(error) || isRefusedByNode(error));

  const attempt = <T>(work: (scope: SqlScope) => Promise<T>): Promise<T> =>
    queued(async () => {
      const transaction = await sequelize.transaction();
      let result: T;
      try {
        result = await work({ kind: 'sql', sequelize, transaction });
      } catch (error) {
        await rollBack(transaction);
        throw error;
      }
      await commit(transaction);
      return result;
    });

  const transact: Transact<SqlScope> = async (work) => {
    if (isRunning())
      throw new Error('transact inside transact: the inner work would escape the outer transaction');
    const deadline = performance.now() + withinMs;
    for (let made = 1; ; made += 1) {
      try {
        return await inTransaction(sequelize, () => attempt(work));
      } catch (error) {
        if (!isStale(error) && !isTransient(error) && !canGoElsewhere(error)) throw asOutage(error) ?? error;
        if (made >= attempts || performance.now() >= deadline) throw asOutage(error) ?? error;
      }
      await pause(made);
    }
  };

  const outside: SqlScope = {
    kind: 'sql',
    sequelize,
    get transaction() {
      if (isRunning())
        throw new Error('a query outside the transaction that is running: it would not see its writes');
      return undefined;
    },
  };

  return { outside, transact };
};
