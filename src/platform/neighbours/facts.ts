import type { Transact } from '#src/kernel/transact.js';

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

/** Returns the same transactions with ports that may need facts. */
export const transactWithFacts =
  <Inner, Ports>(transact: Transact<Inner>, bind: (inner: Inner, facts: Facts) => Ports): Transact<Ports> =>
  async (work) => {
    const known = new Map<string, unknown>();
    const facts: Facts = {
      get: <Fact>(key: string, fetch: () => Promise<Fact>) =>
        known.has(key)
          ? Promise.resolve(known.get(key) as Fact) // stored below under the same key
          : Promise.reject(new MissingFact(key, fetch)),
    };
    for (;;) {
      try {
        return await transact((inner) => work(bind(inner, facts)));
      } catch (error) {
        if (!(error instanceof MissingFact)) throw error;
        if (known.size === MAX_FACTS)
          throw new Error(`the work needs more than ${MAX_FACTS} facts`, { cause: error });
        known.set(error.key, await error.fetch());
      }
    }
  };
