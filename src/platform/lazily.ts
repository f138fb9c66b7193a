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

type Makers<Members> = { readonly [Name in keyof Members]: () => Members[Name] };

const withMembers = <Members extends object>(members: Members, makers: Partial<Makers<Members>>): Members => {
  for (const name of Object.keys(makers) as (keyof Members)[])
    Object.defineProperty(members, name, {
      configurable: true,
      enumerable: true,
      get: () => {
        const value = makers[name]?.();
        Object.defineProperty(members, name, { value, enumerable: true });
        return value;
      },
    });
  return members;
};

/** Returns an object whose members are made when they are first used. */
export const lazily = <Members extends object>(makers: Makers<Members>): Members =>
  withMembers({} as Members, makers);

/**
 * Returns an object with the members of `original`, of which some are replaced by what is made when they are first used. The others
 * are not touched, so that what makes them lazily still does.
 */
export const replacing = <Members extends object>(
  original: Members,
  makers: Partial<Makers<Members>>,
): Members => withMembers(Object.create(original) as Members, makers);

const STATE = Symbol('state');
const MADE = Symbol('made');

/**
 * Returns a function that makes such objects from a state, one for each transaction: the accessors are defined once, on a
 * prototype, because defining them on each object costs more than a short transaction.
 */
export const lazyObjects = <Members extends object, State>(
  names: readonly (keyof Members)[],
  make: (name: keyof Members, state: State) => unknown,
): ((state: State) => Members) => {
  /** Its own members have symbols for names, which objects that inherit from it see as well. */
  class Lazy {
    readonly [STATE]: State;
    readonly [MADE] = new Map<keyof Members, unknown>();

    constructor(state: State) {
      this[STATE] = state;
    }

    static {
      for (const name of names)
        Object.defineProperty(this.prototype, name, {
          get(this: Lazy) {
            if (!this[MADE].has(name)) this[MADE].set(name, make(name, this[STATE]));
            return this[MADE].get(name);
          },
        });
    }
  }
  return (state) => new Lazy(state) as unknown as Members;
};
