/**
 * Runs `work` with ports bound to one transaction: commits when it resolves, rolls back when it rejects, and may run it
 * again from the start after a deadlock or a stale write. Therefore `work` does nothing but call its ports: no mail, no
 * other service, and ids or times that must survive a retry are minted before. A `transact` inside a `transact` throws.
 */
export type Transact<Ports> = <T>(work: (ports: Ports) => Promise<T>) => Promise<T>;

/** The same transactions, seen through other ports: `bind` is called once for each attempt. */
export const transactThrough =
  <Inner, Ports>(transact: Transact<Inner>, bind: (inner: Inner) => Ports): Transact<Ports> =>
  (work) =>
    transact((inner) => work(bind(inner)));
