import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/**
 * Returns a function that loads a CommonJS package when it is first called: for packages that take long to load and that not
 * every process needs.
 */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- nothing else knows the type of the package
export const onDemand = <Package>(name: string): (() => Package) => {
  let loaded: Package | undefined;
  return () => (loaded ??= require(name) as Package);
};

/** Returns an object whose members are made when they are first used. */
export const lazily = <Members extends object>(makers: {
  readonly [Name in keyof Members]: () => Members[Name];
}): Members => {
  const members = {} as Members;
  for (const name of Object.keys(makers) as (keyof Members)[])
    Object.defineProperty(members, name, {
      configurable: true,
      enumerable: true,
      get: () => {
        const value = makers[name]();
        Object.defineProperty(members, name, { value, enumerable: true });
        return value;
      },
    });
  return members;
};

/**
 * Returns a function that makes such objects from a state, one for each transaction: the accessors are defined once, on a
 * prototype, because defining them on each object costs more than a short transaction.
 */
export const lazyObjects = <Members extends object, State>(
  names: readonly (keyof Members)[],
  make: (name: keyof Members, state: State) => object,
): ((state: State) => Members) => {
  class Lazy {
    readonly #state: State;
    readonly #made = new Map<keyof Members, object>();

    constructor(state: State) {
      this.#state = state;
    }

    static {
      for (const name of names)
        Object.defineProperty(this.prototype, name, {
          get(this: Lazy) {
            const made = this.#made.get(name) ?? make(name, this.#state);
            this.#made.set(name, made);
            return made;
          },
        });
    }
  }
  return (state) => new Lazy(state) as unknown as Members;
};
