import 'reflect-metadata';
import { expect } from 'chai';
import { bindings } from '#src/main/bindings.js';
import { CONTEXT_NAMES, CONTEXTS, type ContextName } from '#src/main/contexts.js';
import type { Readers, Repositories } from '#src/main/persistence/persistence.js';
import type { ContextModule } from '#src/platform/context-module.js';
import { memoryStore } from '#src/platform/memory/store.js';
import { newId } from '../support/builders/ids.js';
import { USD } from '../support/persistences.js';
import { hashPlace } from '../support/places.js';

const bind = bindings({
  now: () => new Date(0),
  newId,
  hashPlace,
  config: { currency: USD, requireVerifiedEmail: false },
});

const { outside: scope } = memoryStore();

/** Which context a repository belongs to, by the repository's name. */
const OWNERS = new Map(
  CONTEXT_NAMES.flatMap((name) => {
    const { repositories } = CONTEXTS[name] as ContextModule;
    return Object.keys(repositories.memory(scope)).map((repository) => [repository, name] as const);
  }),
);

/** A repository of every context and of the platform. Each is an object that is nothing but itself. */
const everyRepository = (): Record<string, object> =>
  Object.fromEntries(
    [...OWNERS.keys(), 'idempotency', 'outbox', 'inbox', 'rateCounts'].map((name) => [name, {}]),
  );

/** The contexts whose repositories stand among these ports. */
const ownersAmong = (ports: object, repositories: Record<string, object>): readonly ContextName[] => {
  const given = Object.values(ports);
  const owners = [...OWNERS].flatMap(([name, owner]) => (given.includes(repositories[name]) ? [owner] : []));
  return [...new Set(owners)];
};

describe('The ports of a context', () => {
  for (const name of CONTEXT_NAMES) {
    it(`The ports of a context hold no repository of another context than ${name} in its transactions`, () => {
      const repositories = everyRepository();
      const ports = bind.ports(name)(repositories as unknown as Repositories);
      expect(ownersAmong(ports, repositories)).to.deep.equal(name === 'privacy' ? [] : [name]);
    });

    it(`The ports of a context hold no repository of another context than ${name} in its queries`, () => {
      const repositories = everyRepository();
      const queries = bind.queries(repositories as unknown as Readers)[name];
      expect(ownersAmong(queries, repositories)).to.deep.equal(name === 'privacy' ? [] : [name]);
    });
  }

  it('The ports of a context touch the repositories of no context that the transaction does not use', () => {
    const touched: string[] = [];
    const watched = new Proxy(everyRepository(), {
      get: (repositories, name: string) => {
        touched.push(name);
        return repositories[name];
      },
    });
    bind.ports('audit')(watched as unknown as Repositories);
    expect([...new Set(touched)].sort()).to.deep.equal([
      'auditEntries',
      'auditSalts',
      'idempotency',
      'outbox',
    ]);
  });
});
