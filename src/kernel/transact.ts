/**
 * What a command does inside its transaction. It may run more than once, so it only calls its ports: no mail and no other
 * service. Ids and times that must survive a second run are generated before.
 */
export type Work<Ports, Result> = (ports: Ports) => Promise<Result>;

/**
 * Runs work with ports bound to one transaction: commits when the work resolves, rolls back when it rejects, and runs it again
 * from the start after a deadlock or a stale write. A `transact` inside a `transact` throws.
 */
export type Transact<Ports> = <T>(work: Work<Ports, T>) => Promise<T>;

/** Returns the same transactions with other ports: `bind` is called once for each attempt. */
export const transactThrough =
  <Inner, Ports>(transact: Transact<Inner>, bind: (inner: Inner) => Ports): Transact<Ports> =>
  (work) =>
    transact((inner) => work(bind(inner)));
