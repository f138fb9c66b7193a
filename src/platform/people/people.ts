import type { UserId } from '#src/kernel/ids.js';

/**
 * The people of whom a process stores something although their accounts and profiles are in another one. Each has a row, so that
 * transactions about one person wait for each other, and so that nothing new is stored of a person who is erased.
 */
export interface People {
  /**
   * Locks a person until the transaction ends; returns false if the person is erased. Fails with `stale_write` while the person is
   * held: a transaction that runs again may succeed.
   */
  lock(id: UserId): Promise<boolean>;
  /**
   * Holds a person: locks the person like `lock`, and makes other transactions fail to do so for some milliseconds of the database's
   * clock. A further hold begins that time anew.
   */
  hold(id: UserId, forMs: number): Promise<void>;
  /** Records for good that a person is erased; waits for transactions that have locked the person. */
  erase(id: UserId, at: Date): Promise<void>;
}

export interface WithPeople {
  readonly people: People;
}
