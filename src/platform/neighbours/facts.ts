import type { Transact, Work } from '#src/kernel/transact.js';

/**
 * What a command knows of other processes. A transaction never waits for a network: what it needs of a neighbour is fetched between
 * two runs of its work.
 */
export interface Facts {
  /**
   * Returns what `fetch` has returned for this command. At first it rejects, which ends the work: it is rolled back, `fetch` is called, and the
   * work runs again from the start. `key` identifies the fact; `fetch` may be an idempotent command of the neighbour.
   */
  get<Fact>(key: string, fetch: () => Promise<Fact>): Promise<Fact>;
}

/** In a process that holds all contexts nothing needs facts. */
export const NO_FACTS: Facts = {
  get: (key) => Promise.reject(new Error(`there is no process that knows ${key}`)),
};

/** Maximum number of facts of a command: a work that needs ever more would never end. */
const MAX_FACTS = 20;

class MissingFact extends Error {
  readonly key: string;
  readonly fetch: () => Promise<unknown>;

  constructor(key: string, fetch: () => Promise<unknown>) {
    super(`the work ends here, and runs again when ${key} is known`);
    this.key = key;
    this.fetch = fetch;
  }
}

/** Returns ports of no transaction: whatever is called of them rejects, which ends the work, and `onCall` is called before. */
const portsOfNone = (onCall: () => void): object => {
  const method = (): Promise<never> => {
    onCall();
    return Promise.reject(new Error('the work runs again, in a transaction'));
  };
  const port = new Proxy({}, { get: () => method });
  return new Proxy({}, { get: () => port });
};

/**
 * Returns the same transactions with ports that may need facts. Work runs without a transaction until it first needs one: many facts
 * are known before BEGIN then, and work that calls nothing of the store sends no statement.
 */
export const transactWithFacts =
  <Inner, Ports>(transact: Transact<Inner>, bind: (inner: Inner, facts: Facts) => Ports): Transact<Ports> =>
  async <T>(work: Work<Ports, T>) => {
    const known = new Map<string, unknown>();
    const facts: Facts = {
      get: <Fact>(key: string, fetch: () => Promise<Fact>) =>
        known.has(key)
          ? Promise.resolve(known.get(key) as Fact) // stored below under the same key
          : Promise.reject(new MissingFact(key, fetch)),
    };
    let needsTransaction = false;
    // It has every port with every method, as far as the work comes.
    const none = portsOfNone(() => (needsTransaction = true)) as Inner;
    /** Returns the result of work that needs no transaction, or null. */
    const runWithout = async (): Promise<{ readonly result: T } | null> => {
      try {
        const result = await work(bind(none, facts));
        return needsTransaction ? null : { result };
      } catch (error) {
        if (!needsTransaction && error instanceof MissingFact) throw error;
        // A copy of a port has no methods, so that any other failure may be one of these ports.
        needsTransaction = true;
        return null;
      }
    };
    const run = async (): Promise<T> => {
      const done = needsTransaction ? null : await runWithout();
      return done === null ? transact((inner) => work(bind(inner, facts))) : done.result;
    };
    for (;;) {
      try {
        return await run();
      } catch (error) {
        if (!(error instanceof MissingFact)) throw error;
        if (known.size === MAX_FACTS)
          throw new Error(`the work needs more than ${MAX_FACTS} facts`, { cause: error });
        known.set(error.key, await error.fetch());
      }
    }
  };
