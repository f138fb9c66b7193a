/** A shared lock excludes exclusive ones only; an exclusive one excludes all. */
export type LockMode = 'shared' | 'exclusive';

/** Holder of locks: a transaction, by identity. It waits for one lock at a time. */
export type Owner = object;

export interface Locks {
  /**
   * Resolves when `owner` holds the lock, in the order of the calls. Rejects with a deadlock, at once and without a timer, when
   * waiting would close a cycle: the last owner to wait loses.
   */
  acquire(owner: Owner, resource: string, mode: LockMode): Promise<void>;
  holds(owner: Owner, resource: string): boolean;
  release(owner: Owner, resource: string): void;
  releaseAll(owner: Owner): void;
}

interface Waiter {
  readonly owner: Owner;
  readonly mode: LockMode;
  readonly grant: () => void;
}

interface Lock {
  readonly holders: Map<Owner, LockMode>;
  readonly queue: Waiter[];
}

interface Request {
  readonly owner: Owner;
  readonly mode: LockMode;
}

const conflicts = (a: Request, b: Request): boolean =>
  a.owner !== b.owner && (a.mode === 'exclusive' || b.mode === 'exclusive');

const holdersAgainst = (lock: Lock, request: Request): readonly Owner[] =>
  Array.from(lock.holders, ([owner, mode]) => ({ owner, mode }))
    .filter((holder) => conflicts(holder, request))
    .map(({ owner }) => owner);

const deadlocks = new WeakSet();

const deadlock = (resource: string): Error => {
  const error = new Error(`deadlock on ${resource}`);
  deadlocks.add(error);
  return error;
};

export const isDeadlock = (error: unknown): error is Error => error instanceof Error && deadlocks.has(error);

export const lockTable = (): Locks => {
  const locks = new Map<string, Lock>();
  const waiting = new Map<Owner, { readonly lock: Lock; readonly waiter: Waiter }>();

  const blockersOf = (owner: Owner): readonly Owner[] => {
    const wait = waiting.get(owner);
    if (wait === undefined) return [];
    const { lock, waiter } = wait;
    const ahead = lock.queue
      .slice(0, lock.queue.indexOf(waiter))
      .filter((earlier) => conflicts(earlier, waiter));
    return [...holdersAgainst(lock, waiter), ...ahead.map((earlier) => earlier.owner)];
  };

  const waitsForItself = (owner: Owner): boolean => {
    const seen = new Set<Owner>();
    const pending = [...blockersOf(owner)];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      if (next === owner) return true;
      if (seen.has(next)) continue;
      seen.add(next);
      pending.push(...blockersOf(next));
    }
    return false;
  };

  const grantNext = (resource: string, lock: Lock): void => {
    for (let next = lock.queue[0]; next !== undefined; next = lock.queue[0]) {
      if (holdersAgainst(lock, next).length > 0) return;
      lock.queue.shift();
      waiting.delete(next.owner);
      lock.holders.set(next.owner, next.mode);
      next.grant();
    }
    if (lock.holders.size === 0) locks.delete(resource);
  };

  const lockOn = (resource: string): Lock => {
    const lock = locks.get(resource) ?? { holders: new Map<Owner, LockMode>(), queue: [] };
    locks.set(resource, lock);
    return lock;
  };

  const acquire = (owner: Owner, resource: string, mode: LockMode): Promise<void> => {
    const lock = lockOn(resource);
    const held = lock.holders.get(owner);
    if (held === 'exclusive' || held === mode) return Promise.resolve();
    return new Promise((grant, reject) => {
      const waiter: Waiter = { owner, mode, grant };
      // The waiting owners already wait for this owner's shared lock too: behind them an upgrade would never be granted.
      if (held === 'shared') lock.queue.unshift(waiter);
      else lock.queue.push(waiter);
      waiting.set(owner, { lock, waiter });
      if (waitsForItself(owner)) {
        lock.queue.splice(lock.queue.indexOf(waiter), 1);
        waiting.delete(owner);
        reject(deadlock(resource));
      }
      grantNext(resource, lock);
    });
  };

  const release = (owner: Owner, resource: string): void => {
    const lock = locks.get(resource);
    if (lock?.holders.delete(owner)) grantNext(resource, lock);
  };

  return {
    acquire,
    release,
    holds: (owner, resource) => locks.get(resource)?.holders.has(owner) ?? false,
    releaseAll: (owner) => {
      for (const resource of [...locks.keys()]) release(owner, resource);
    },
  };
};
