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

/** Returns an object whose members are made when they are first used. */
export const lazily = <Members extends object>(makers: Makers<Members>): Members => {
  const members = {} as Members; // the loop below gives it every member
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

interface Making<Members, State> {
  readonly state: State;
  readonly made: Map<keyof Members, unknown>;
}

/**
 * Returns a function that makes such objects from a state, one for each transaction: a proxy, because defining the members on each
 * object costs more than a short transaction. A copy by `...` has every member.
 */
export const lazyObjects = <Members extends object, State>(
  names: readonly (keyof Members & string)[],
  make: (name: keyof Members, state: State) => unknown,
): ((state: State) => Members) => {
  const known = new Set<PropertyKey>(names);
  const isMember = (name: PropertyKey): name is keyof Members => known.has(name);
  const member = ({ state, made }: Making<Members, State>, name: PropertyKey): unknown => {
    if (!isMember(name)) return undefined;
    if (!made.has(name)) made.set(name, make(name, state));
    return made.get(name);
  };
  const handler: ProxyHandler<Making<Members, State>> = {
    get: member,
    has: (_making, name) => isMember(name),
    ownKeys: () => [...names],
    getOwnPropertyDescriptor: (making, name) =>
      isMember(name) ? { configurable: true, enumerable: true, value: member(making, name) } : undefined,
    set: () => false,
    defineProperty: () => false,
    deleteProperty: () => false,
  };
  // The handler makes it an object of these members.
  return (state) => new Proxy({ state, made: new Map() }, handler) as unknown as Members;
};

/** Returns an object with the members of `original`, of which some are replaced by what is made when they are first used. */
export const replacing = <Members extends object>(
  original: Members,
  makers: Partial<Makers<Members>>,
): Members => {
  // Not Object.keys, which makes lazy members to see whether they can be enumerated.
  const names = Reflect.ownKeys(original) as (keyof Members & string)[];
  const make = (name: keyof Members): unknown => {
    const maker = makers[name];
    return maker === undefined ? original[name] : maker();
  };
  return lazyObjects<Members, null>(names, make)(null);
};
