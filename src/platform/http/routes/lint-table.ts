import type { Route } from './route.js';

const namesIn = (path: string): readonly string[] =>
  [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name);

const keysOf = ({ params }: Route): readonly string[] => params?.names ?? [];

const same = (a: readonly string[], b: readonly string[]): boolean =>
  a.toSorted().join() === b.toSorted().join();

const firstRepeated = (values: readonly string[]): string | undefined =>
  values.find((value, at) => values.indexOf(value) !== at);

/** Throws on a contradictory route table; runs when the app is created, before any request. */
export const lintTable = (table: readonly Route[]): void => {
  const twice = firstRepeated(table.map(({ operationId }) => operationId));
  if (twice !== undefined) throw new Error(`two routes have the operationId ${twice}`);
  const clash = firstRepeated(table.map(({ method, path }) => `${method} ${path.replaceAll(/:\w+/g, ':')}`));
  if (clash !== undefined) throw new Error(`two routes answer ${clash}`);
  for (const route of table) {
    if (route.path.startsWith('/:'))
      throw new Error(
        `${route.operationId}: its path does not begin with a name, by which the router finds it`,
      );
    if (!same(namesIn(route.path), keysOf(route))) {
      throw new Error(`${route.operationId}: the schema of its params does not name what its path does`);
    }
    const search = route.search?.names ?? [];
    if (!Object.keys(route.cost?.parameters ?? {}).every((name) => search.includes(name)))
      throw new Error(`${route.operationId}: a query parameter that it does not have costs something`);
    if (route.body !== undefined && route.method === 'get')
      throw new Error(`${route.operationId}: a GET has no body`);
    if (route.kind === 'command' && route.access === 'admin' && route.audit === undefined)
      throw new Error(`${route.operationId}: it does not say what the audit log records`);
    if (route.scope !== undefined && route.access === 'anyone')
      throw new Error(`${route.operationId}: what anyone may call needs no scope`);
    if (route.cached !== undefined && (route.method !== 'get' || route.access !== 'anyone'))
      throw new Error(`${route.operationId}: only what anyone may read is cached`);
    if (Object.keys(route.replies).length === 0)
      throw new Error(`${route.operationId}: it documents no reply`);
  }
};
