/**
 * What a command does inside its transaction. It may run more than once, so it does nothing but call its ports: no mail, no
 * other service, and ids or times that must survive a second run are minted before.
 */
export type Work<Ports, Result> = (ports: Ports) => Promise<Result>;

/**
 * Runs work with ports bound to one transaction: commits when it resolves, rolls back when it rejects, and runs it again from
 * the start after a deadlock or a stale write. A `transact` inside a `transact` throws.
 */
export type Transact<Ports> = <T>(work: Work<Ports, T>) => Promise<T>;

/** The same transactions, seen through other ports: `bind` is called once for each attempt. */
export const transactThrough =
  <Inner, Ports>(transact: Transact<Inner>, bind: (inner: Inner) => Ports): Transact<Ports> =>
  (work) =>
    transact((inner) => work(bind(inner)));
