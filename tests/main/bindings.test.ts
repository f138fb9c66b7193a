import 'reflect-metadata';
import { expect } from 'chai';
import { productCopies } from '#src/contexts/catalog/adapters/services/product-copies.js';
import { bindings, type PortParts } from '#src/main/bindings.js';
import { CONTEXT_NAMES, CONTEXTS, type ContextName } from '#src/main/contexts.js';
import { memoryPersistence } from '#src/main/persistence/memory-persistence.js';
import type { Readers, ReplaceRepositories, Repositories } from '#src/main/persistence/persistence.js';
import type { ContextModule } from '#src/platform/context-module.js';
import type { OutboxEvent } from '#src/platform/outbox/outbox.js';
import { newId } from '../support/builders/ids.js';
import { rejectionOf } from '../support/contract-tools.js';
import { USD } from '../support/persistences.js';
import { hashPlace } from '../support/places.js';
import { aProduct, aShopper } from '../support/shopping.js';
import { testShop } from '../support/test-shop.js';

const parts: PortParts = {
  now: () => new Date(0),
  newId,
  hashPlace,
  config: { currency: USD, requireVerifiedEmail: false },
  webhookSurplus: { isPossible: false },
  eventSenders: [],
  productCopies: productCopies({ now: () => new Date(0) }),
};
const bind = bindings(parts);

/** Which context a repository belongs to, by the repository's name. */
const OWNERS = new Map(
  CONTEXT_NAMES.flatMap((name) => {
    const { repositories } = CONTEXTS[name] as ContextModule;
    return Object.keys(repositories.memory).map((repository) => [repository, name] as const);
  }),
);

/** A repository of every context and of the platform. Each is an object that is nothing but itself. */
const everyRepository = (): Record<string, object> =>
  Object.fromEntries(
    [...OWNERS.keys(), 'idempotency', 'outbox', 'inbox', 'people', 'rateCounts'].map((name) => [name, {}]),
  );

/** Ports are made from these objects, and only passed on: they need not be repositories. */
const asRepositories = (objects: object): Repositories => objects as Repositories;

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
      const ports = bind.ports(name)(asRepositories(repositories));
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
    bind.ports('audit')(asRepositories(watched));
    expect([...new Set(touched)].sort()).to.deep.equal([
      'auditEntries',
      'auditSalts',
      'idempotency',
      'outbox',
    ]);
  });
});

describe('The repositories of a transaction', () => {
  const made: string[] = [];
  const noticing: ReplaceRepositories = Object.fromEntries(
    Object.keys(everyRepository()).map((name) => [
      name,
      (original: object) => {
        made.push(name);
        return original;
      },
    ]),
  );

  it('The repositories of a transaction are made when they are first used, once, and anew for the next transaction', async () => {
    const { transact } = memoryPersistence({}, noticing);
    made.splice(0);
    const look = () =>
      transact(async (repositories) => {
        expect(await repositories.carts.find(newId())).to.equal(null);
        expect(repositories.carts).to.equal(repositories.carts);
      });
    await look();
    await look();
    expect(made).to.deep.equal(['carts', 'carts']);
  });

  it('The repositories of a transaction that puts a product in a cart are those of cart, catalogue and platform', async () => {
    const shop = await testShop({ overrides: { replaceRepositories: () => noticing } });
    const productId = await aProduct(shop);
    const { put } = await aShopper(shop);
    await put(productId);
    made.splice(0);
    await put(productId);
    expect(made.toSorted()).to.deep.equal([
      'auditEntries',
      'auditSalts',
      'carts',
      'categories',
      'idempotency',
      'imports',
      'outbox',
      'products',
      'reservations',
      'stock',
    ]);
    await shop.close();
  });
});

describe('The ports of a process with some of the contexts', () => {
  /** The repositories of a process that holds these contexts; `appended` are the types of the events in its outbox. */
  const repositoriesOf = (held: readonly ContextName[]) => {
    const appended: string[] = [];
    const all = everyRepository();
    const own = Object.entries(all).filter(([name]) => held.includes(OWNERS.get(name) ?? held[0] ?? 'audit'));
    const add = (events: readonly OutboxEvent[]): Promise<void> => {
      appended.push(...events.map(({ type }) => type));
      return Promise.resolve();
    };
    const repositories = { ...Object.fromEntries(own), outbox: { add } };
    return { repositories: asRepositories(repositories), all, appended };
  };

  it('The ports of a process without the audit log append audit events to its outbox, for its contexts and its operator', async () => {
    const held = ['catalog'] as const;
    const { repositories, all, appended } = repositoriesOf(held);
    const { ports, operating } = bindings(parts, held);
    const catalog = ports('catalog')(repositories);
    expect(ownersAmong(catalog, all)).to.deep.equal(['catalog']);
    await catalog.audit.record({ action: 'product.changed', subject: newId() });
    await operating(repositories).audit.record({ action: 'event.requeued', subject: newId() });
    expect(appended).to.deep.equal(['audit_entry.recorded', 'audit_entry.recorded']);
  });

  it('The ports of a process without the audit log create no salts: accounts without their salts would be a mistake', async () => {
    const { repositories } = repositoriesOf(['accounts']);
    const { addressSalts } = bindings(parts, ['accounts']).ports('accounts')(repositories);
    expect(await rejectionOf(addressSalts.create(newId()))).to.match(/creates no salts/);
  });

  it('The ports of a process hold nothing of a context that is elsewhere and offers nothing there', () => {
    const held = ['catalog', 'cart'] as const;
    const { repositories } = repositoriesOf(held);
    const { ports, queries } = bindings(parts, held);
    expect(() => ports('audit')(repositories)).to.throw('this process does not hold the context audit');
    const { carts } = bindings(parts, ['ordering']).ports('ordering')(repositories);
    expect(() => carts.checkOut(newId())).to.throw('this process does not hold the context cart');
    expect(() => queries(repositories).audit).to.throw('this process does not hold the context audit');
  });

  it('The ports of a process that holds every context write audit events to its own audit log', async () => {
    const { repositories, appended } = repositoriesOf(CONTEXT_NAMES);
    const added: unknown[] = [];
    const audited = {
      ...repositories,
      auditSalts: { find: () => Promise.resolve(null) },
      auditEntries: { add: (entry: unknown) => Promise.resolve(added.push(entry)) },
    };
    const { audit: log } = bind.ports('catalog')(asRepositories(audited));
    await log.record({ action: 'product.changed', subject: newId() });
    expect([added.length, appended]).to.deep.equal([1, []]);
  });
});
