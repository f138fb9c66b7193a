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

/** Work that a rival has made fail is run again until it succeeds or one of these bounds is reached. */
export interface RetryBounds {
  /** How many times the work is run at most. */
  readonly attempts?: number;
  /** After this many milliseconds no further attempt is made. */
  readonly withinMs?: number;
}

export interface SqlTransactions {
  /** Bound to no transaction: for queries. Its `transaction` throws while a `transact` runs, for the query would escape. */
  readonly outside: SqlScope;
  readonly transact: Transact<SqlScope>;
}

const FIRST_PAUSE_MS = 8;
const LONGEST_PAUSE_MS = 250;

/** A random pause whose bound doubles with every attempt, so that rivals who met once do not meet again in step. */
const pause = (attempt: number): Promise<void> =>
  sleep(Math.random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt));

const isStale = (error: unknown): error is DomainError => isDomainError(error) && error.kind === 'stale';

const rollBack = async (transaction: Transaction): Promise<void> => {
  // After a deadlock Sequelize has rolled back already.
  if ((transaction as { finished?: string }).finished !== undefined) return;
  try {
    await transaction.rollback();
  } catch {
    // The connection is gone, or Sequelize has just closed it: either way the server rolls back, and what made the work
    // fail is worth more to the caller than this.
  }
};

const commit = async (transaction: Transaction): Promise<void> => {
  const { connection } = transaction as unknown as { readonly connection: object };
  if (await hasAborted(connection)) {
    await rollBack(transaction);
    throw new Error('the work went on after a statement of it had failed: nothing of it is stored');
  }
  try {
    await transaction.commit();
  } catch (error) {
    throw isOutcomeUnknown(error) ? because(failDatabase('outcome_unknown'), error) : error;
  }
};

/** The transactions of one database. See `Transact` for what they promise. */
export const sqlTransact = (
  sequelize: Sequelize,
  { attempts = 12, withinMs = 10_000 }: RetryBounds = {},
): SqlTransactions => {
  const queued = writeQueue(sequelize);
  const isRunning = (): boolean => isInTransaction(sequelize);
  /** Nothing of it is stored, for COMMIT was not sent or not begun, and another server of the cluster may do it. */
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
