import { isDeadlock, type LockMode, type Locks } from './locks.js';
import { applyChanges, type Changes } from './state.js';

/** Runs the statements of a scope, like the connection to a server. */
export interface Session {
  readonly changes: Changes;
  read<T>(statement: string, run: () => T): Promise<T>;
  write<T>(statement: string, run: (locks: OwnLocks) => Promise<T>): Promise<T>;
}

/** The locks of one transaction; each is held until the transaction ends. */
export interface OwnLocks {
  acquire(resource: string, mode: LockMode): Promise<void>;
  holds(resource: string): boolean;
  /** Only for a lock that turned out to protect nothing. */
  release(resource: string): void;
}

export interface TransactionSession extends Session {
  commit(): Promise<void>;
  rollback(): Promise<void>;
  /** Returns the deadlock that has ended this transaction; null if none has. */
  deadlock(): Error | null;
}

type Pause = (statement: string) => Promise<void>;

export const autocommit = (inTransaction: () => boolean, pause: Pause): Session => ({
  changes: new Map(),
  read: async (statement, run) => {
    if (inTransaction()) throw new Error(`${statement} outside the transaction that is running`);
    await pause(statement);
    return run();
  },
  write: (statement) => Promise.reject(new Error(`${statement} outside a transaction`)),
});

export const beginTransaction = (locks: Locks, pause: Pause): TransactionSession => {
  const owner = {};
  const changes: Changes = new Map();
  let ended: Error | null = null;
  let deadlock: Error | null = null;
  let last: Promise<unknown> = Promise.resolve();

  const end = (reason: Error): void => {
    ended = reason;
    locks.releaseAll(owner);
  };

  /** Runs one statement after the other, even if the caller did not await the previous one. */
  const inTurn = <T>(run: () => Promise<T> | T): Promise<T> => {
    const result = last.then(run);
    last = result.catch(() => undefined);
    return result;
  };

  const statement = <T>(name: string, run: () => Promise<T> | T): Promise<T> =>
    inTurn(async () => {
      await pause(name);
      if (ended !== null) throw ended;
      return run();
    });

  const ownLocks: OwnLocks = {
    acquire: async (resource, mode) => {
      try {
        await locks.acquire(owner, resource, mode);
      } catch (error) {
        // Rolls the whole transaction back, as a server does, so that the others in the cycle can continue.
        if (isDeadlock(error)) end((deadlock = error));
        throw error;
      }
    },
    holds: (resource) => locks.holds(owner, resource),
    release: (resource) => {
      locks.release(owner, resource);
    },
  };

  return {
    changes,
    read: statement,
    write: (name, run) => statement(name, () => run(ownLocks)),
    commit: () =>
      statement('commit', () => {
        applyChanges(changes);
        end(new Error('the transaction has ended'));
      }),
    rollback: () =>
      inTurn(() => {
        end(ended ?? new Error('the transaction has ended'));
      }),
    deadlock: () => deadlock,
  };
};
