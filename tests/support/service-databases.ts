import { BACKEND_NAMES, type BackendName } from '#src/main/services.js';
import type { OpenDatabase } from './databases.js';

/** One of something for each service with contexts. */
export type OfEachService<One> = Readonly<Record<BackendName, One>>;

export type ServiceDatabases = OfEachService<OpenDatabase>;

/** Makes one for each service, all at once. */
export const forEachService = async <One>(
  make: (name: BackendName) => Promise<One>,
): Promise<OfEachService<One>> => {
  const made = BACKEND_NAMES.map(async (name) => [name, await make(name)] as const);
  return Object.fromEntries(await Promise.all(made)) as Record<BackendName, One>;
};

/** Returns what is found of each of them. */
export const ofEach = <One, Found>(
  all: OfEachService<One>,
  find: (one: One) => Found,
): OfEachService<Found> =>
  Object.fromEntries(BACKEND_NAMES.map((name) => [name, find(all[name])])) as Record<BackendName, Found>;

/** Where the services reach their databases. */
export const urlsOf = (databases: ServiceDatabases): OfEachService<string> =>
  ofEach(databases, ({ url }) => url);

export const closeDatabases = async (databases: ServiceDatabases): Promise<void> => {
  await Promise.all(BACKEND_NAMES.map((name) => databases[name].close()));
};
