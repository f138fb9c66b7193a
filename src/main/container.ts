import 'reflect-metadata';
import { container as root, instanceCachingFactory } from 'tsyringe';
import type { NewId } from '#src/kernel/ids.js';
import { transactThrough } from '#src/kernel/transact.js';
import { remoteAuthentication } from '#src/contexts/accounts/module.js';
import { remoteReservations } from '#src/contexts/catalog/module.js';
import type { ContextModule, Holds } from '#src/platform/context-module.js';
import { authenticatedByGateway } from '#src/platform/http/services/called-by-gateway.js';
import { exportPages, exportRoutes } from '#src/platform/http/services/personal-data-operations.js';
import { createHealth } from '#src/platform/http/operators/health.js';
import { liftLimit } from '#src/platform/http/pipeline/lift-limit.js';
import { receiveEvents } from '#src/platform/inbox/receive-events.js';
import { lazily } from '#src/platform/lazily.js';
import { createLogger, standardError } from '#src/platform/logger.js';
import { NO_FACTS, transactWithFacts } from '#src/platform/neighbours/facts.js';
import { newUuid } from '#src/platform/new-uuid.js';
import { outboxRelay } from '#src/platform/outbox/relay.js';
import { withOutbox } from '#src/platform/outbox/with-outbox.js';
import { bindings } from './bindings.js';
import type { Config } from './config/index.js';
import { CONTEXT_NAMES, CONTEXTS, type ContextName, type ContextParts } from './contexts.js';
import { eventBrokerOf, publishers } from './event-broker.js';
import { httpApp } from './http-app.js';
import { mailerOf } from './mailer.js';
import { neighboursOf } from './neighbours.js';
import { openPersistence } from './open-persistence.js';
import type { PartName, Parts, PlatformParts, RunningContext, RunningContexts } from './parts.js';
import { rateCounters } from './rate-counters.js';
import { remoteErasures } from './remote-erasures.js';
import { signingKeys } from './signing-keys.js';

/** Replaces or wraps a part. */
type Override<Part> = (original: () => Part, parts: Parts) => Part;

/** Overrides of any parts. */
export type Overrides = { readonly [Name in PartName]?: Override<Parts[Name]> };

type Factories<Made> = { readonly [Name in keyof Made]: (parts: Parts) => Made[Name] };

/** The caller chooses the id's type: `never` fits every brand. */
const newId: NewId = () => newUuid() as never;

/** Returns the transactions of the store, each of which wakes the relay if it has stored events. */
const wakingRelay = (parts: Parts): Parts['transact'] =>
  withOutbox(parts.transact, () => {
    parts.relay.wake();
  });

/** Returns the transactions of ports that may need facts of other processes, of which a whole shop has none. */
const withFacts = ({ neighbours }: Parts): typeof transactWithFacts =>
  neighbours === null
    ? (transact, bind) => transactThrough(transact, (inner) => bind(inner, NO_FACTS))
    : transactWithFacts;

/** Returns a context of this process: its module with transactions and queries bound to the store. */
const running = <Name extends ContextName>(parts: Parts, name: Name): RunningContext<Name> => {
  // A module's own functions declare what they make of their arguments; the compiler can't follow that through the list.
  const module = CONTEXTS[name] as ContextModule;
  const make = <Made>(factory: ((given: never) => Made) | undefined): Made | undefined =>
    factory?.({ transact: context.transact, queries: context.queries, parts, holds } as never);
  const holds: Holds = (other) => parts.config.contexts.some((each) => each === other);
  const bind = bindings(parts, parts.config.contexts, parts.neighbours?.holding);
  const context: RunningContext<Name> = lazily<RunningContext<Name>>({
    transact: () => withFacts(parts)(wakingRelay(parts), bind.ports(name)),
    queries: () => bind.queries(parts.persistence.outside)[name],
    routes: () => make(module.routes) ?? [],
    subscribers: () => make(module.subscribers) ?? [],
    sources: () => make(module.sources) ?? [],
    serves: () => [
      ...(make(module.serves) ?? []),
      ...(module.personalData === undefined || holds('privacy')
        ? []
        : exportRoutes(module.personalData, context as never)),
    ],
    receivers: () =>
      (module.receives ?? []).map((receiver) => ({
        ...receiver,
        handle: (event, { repositories, facts }) =>
          receiver.handle(event, bind.ports(name)(repositories, facts) as never),
      })),
    chores: () => make(module.chores) ?? [],
    operations: () => (make(module.operations) ?? {}) as RunningContext<Name>['operations'],
  });
  return context;
};

/** Returns the parts of an export: the same in every shape of the shop, wherever they are read. */
const exportedParts = ({ config, contexts, neighbours }: Parts): Parts['exported'] => {
  const exporting = CONTEXT_NAMES.flatMap((name) => {
    const data = (CONTEXTS[name] as ContextModule).personalData;
    return data === undefined ? [] : [[name, data] as const];
  });
  return {
    members: exporting.flatMap(([, { member }]) => member ?? []),
    lists: exporting.flatMap(([name, { list }]) => {
      if (list === undefined) return [];
      if (config.contexts.includes(name))
        return [{ ...list, pages: list.pages(contexts[name].queries as never) }];
      return neighbours === null ? [] : [{ ...list, pages: exportPages(neighbours.holding(name), list) }];
    }),
  };
};

/** Returns what each line of the log contains. */
const logBase = ({ service }: Config): { readonly service: string } | null =>
  service === null ? null : { service: service.name };

/** Returns the configuration of a whole shop that a gateway describes and does not serve. */
const describing = (config: Config): Config => ({
  ...config,
  service: null,
  contexts: CONTEXT_NAMES,
  database: { ...config.database, url: 'memory:' },
});

const platformParts = (config: Config): Factories<PlatformParts> => ({
  config: () => config,
  logger: () => createLogger(config.logLevel, standardError(), logBase(config)),
  now: () => () => new Date(),
  newId: () => newId,

  persistence: ({ replaceRepositories, logger }) => openPersistence(config, replaceRepositories, logger),
  replaceRepositories: () => ({}),
  transact: (parts) =>
    config.contexts.reduce((transact, name) => {
      const { watch } = CONTEXTS[name] as ContextModule;
      return (watch?.({ transact, parts } as never) as typeof transact | undefined) ?? transact;
    }, parts.persistence.transact),
  contexts: (parts) =>
    lazily<RunningContexts>(
      Object.fromEntries(config.contexts.map((name) => [name, () => running(parts, name)])) as never,
    ),
  operatingTransact: (parts) =>
    withFacts(parts)(parts.transact, bindings(parts, config.contexts, parts.neighbours?.holding).operating),

  subscribers: () => [],
  eventBroker: () => eventBrokerOf(config),
  relay: ({
    persistence: { outside, transact },
    contexts,
    subscribers,
    eventBroker,
    neighbours,
    remoteErasures: remote,
    newId: newClaimId,
    logger,
  }) =>
    outboxRelay({
      outbox: outside.outbox,
      transact,
      subscribers: [
        ...Object.values(contexts).flatMap((context) => context.subscribers),
        ...(neighbours?.subscribers ?? []),
        ...remote.subscribers,
        ...publishers(eventBroker, config),
        ...subscribers,
      ],
      sources: Object.values(contexts).flatMap((context) => context.sources),
      newClaimId: newClaimId<never>,
      logger,
    }),

  receiveEvents: (parts) =>
    receiveEvents({
      transact: transactWithFacts(wakingRelay(parts), (repositories, facts) => ({
        inbox: repositories.inbox,
        ...{ repositories, facts },
      })),
      receivers: [
        ...Object.values(parts.contexts).flatMap(({ receivers }) => receivers),
        ...parts.remoteErasures.receivers,
      ],
      now: parts.now,
      logger: parts.logger,
    }),

  mailer: () => mailerOf(config),
  keyRing: () => signingKeys(config),
  exported: exportedParts,
  remoteErasures,

  counters: rateCounters,
  liftLimit: ({ counters }) => (counters === null ? () => Promise.resolve() : liftLimit(counters)),

  neighbours: (parts) => (config.service === null ? null : neighboursOf(config.service, parts)),
  eventSenders: ({ neighbours }) => neighbours?.senders ?? [],
  reservations: ({ neighbours }) => {
    if (neighbours === null || config.contexts.includes('catalog')) return null;
    const remote = remoteReservations(neighbours.holding('catalog'), config.currency);
    return {
      reserve: (...given) => remote.reserveStock(...given),
      release: (order) => remote.releaseReservation(order),
    };
  },
  described: () => (config.service?.name === 'gateway' ? shopParts(describing(config)) : null),

  health: ({ persistence, neighbours, described, logger }) =>
    createHealth({
      check: described === null || neighbours === null ? () => persistence.check() : neighbours.checkAll,
      logger,
    }),
  http: httpApp,
});

const contextParts = Object.assign(
  {},
  ...Object.values<ContextModule>(CONTEXTS).map(({ parts }) => parts),
) as Factories<ContextParts>;

/** Returns how a process of services authenticates callers; in the whole shop, accounts do it. */
const authenticating = ({ service }: Config): Partial<Factories<Parts>> =>
  service === null
    ? {}
    : {
        authenticate: ({ neighbours }) => {
          if (neighbours === null) throw new Error('a service has neighbours');
          return service.name === 'gateway'
            ? remoteAuthentication(neighbours.holding('accounts'))
            : authenticatedByGateway(neighbours.tokens);
        },
      };

/**
 * Returns the parts of one shop. Each is registered with a container of its own, and made at most once, when it is first used.
 */
export const shopParts = (config: Config, overrides: Overrides = {}): Parts => {
  const container = root.createChildContainer();
  const factories: Factories<Parts> = {
    ...platformParts(config),
    ...contextParts,
    ...authenticating(config),
  };
  const names = Object.keys(factories) as PartName[];
  const parts = lazily<Parts>(
    Object.fromEntries(names.map((name) => [name, () => container.resolve(name)])) as never,
  );
  for (const name of names) {
    // The compiler can't see that the factory and the override of one name fit together; `Overrides` ensures it.
    const original = (): unknown => factories[name](parts);
    const override = overrides[name] as Override<unknown> | undefined;
    container.register(name, {
      useFactory: instanceCachingFactory(() =>
        override === undefined ? original() : override(original, parts),
      ),
    });
  }
  return parts;
};
