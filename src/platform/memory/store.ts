import { isDomainError } from '#src/kernel/errors.js';
import type { Transact } from '#src/kernel/transact.js';
import { inTransaction, isInTransaction } from '../running-transactions.js';
import { failDatabase } from '../database/database-errors.js';
import { isDeadlock, lockTable } from './locks.js';
import { autocommit, beginTransaction, type Session } from './session.js';
import { tableIn } from './statements.js';
import { tableStates } from './state.js';
import type { MemoryTable, MemoryTableDefinition } from './table.js';

/** One transaction, or the committed state for reading only, to which a memory repository is bound. */
export interface MemoryScope {
  readonly kind: 'memory';
  table<Row extends object>(definition: MemoryTableDefinition<Row>): MemoryTable<Row>;
}

export interface MemoryStore {
  /** For queries. Reading through it while a `transact` runs throws: the query would escape the transaction. */
  readonly outside: MemoryScope;
  readonly transact: Transact<MemoryScope>;
}

export interface MemoryStoreOptions {
  /**
   * Awaited before every statement and COMMIT, for a scheduler that tries interleavings; receives, for example,
   * `products.update`.
   */
  readonly pause?: (statement: string) => Promise<void>;
  /** Awaited before a transaction is run again, with the number of failed attempts; a few ms by default. */
  readonly delay?: (failed: number) => Promise<void>;
  /** Maximum number of attempts of a transaction. */
  readonly attempts?: number;
}

const LONGEST_DELAY_MS = 50;

const aMoment = (failed: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(LONGEST_DELAY_MS, 2 ** failed)));

const isStale = (error: unknown): boolean => isDomainError(error) && error.kind === 'stale';

/**
 * Makes a database in memory that behaves like a SQL server at READ COMMITTED: reads see what is committed and the transaction's
 * own writes, writes are private until COMMIT, written rows and unique values are locked until the transaction ends, and
 * constraints are enforced. Two transactions interleave wherever they could on a server; a cycle of waits ends one of them.
 */
export const memoryStore = ({
  pause = () => Promise.resolve(),
  delay = aMoment,
  attempts = 12,
}: MemoryStoreOptions = {}): MemoryStore => {
  const locks = lockTable();
  const states = tableStates();

  const scopeOf = (session: Session): MemoryScope => ({
    kind: 'memory',
    table: (definition) => tableIn(session, states, definition),
  });

  const isRunning = (): boolean => isInTransaction(states);

  const attempt = async <T>(work: (scope: MemoryScope) => Promise<T>): Promise<T> => {
    const transaction = beginTransaction(locks, pause);
    try {
      const result = await inTransaction(states, () => work(scopeOf(transaction)));
      await transaction.commit();
      return result;
    } catch (error) {
      await transaction.rollback();
      throw transaction.deadlock() ?? error;
    }
  };

  const transact: Transact<MemoryScope> = async (work) => {
    if (isRunning()) throw new Error('transact inside transact');
    for (let failed = 1; ; failed += 1) {
      try {
        return await attempt(work);
      } catch (error) {
        if (!isDeadlock(error) && !isStale(error)) throw error;
        if (failed < attempts) await delay(failed);
        else if (isDeadlock(error)) throw failDatabase('busy');
        else throw error;
      }
    }
  };

  return { outside: scopeOf(autocommit(isRunning, pause)), transact };
};
