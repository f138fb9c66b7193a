import type { AccountFollower } from '#src/contexts/accounts/public.js';
import { holdElsewhere, type PrivacyPorts, type RemoteErasurePorts } from '#src/contexts/privacy/module.js';
import type { AuditLog } from '#src/kernel/audit.js';
import type { UserId } from '#src/kernel/ids.js';
import type { Erasure } from '#src/kernel/personal-data.js';
import type {
  Calls,
  ContextModule,
  Elsewhere,
  ElsewhereToQueries,
  Holds,
  TransactionPlatform,
} from '#src/platform/context-module.js';
import { exportMember } from '#src/platform/http/services/personal-data-operations.js';
import { lazyObjects } from '#src/platform/lazily.js';
import { NO_FACTS, type Facts } from '#src/platform/neighbours/facts.js';
import { outboxEvents } from '#src/platform/outbox/outbox-events.js';
import type { OutboxRepository } from '#src/platform/outbox/outbox.js';
import {
  CONTEXT_NAMES,
  CONTEXTS,
  type All,
  type ContextName,
  type ContextPorts,
  type ContextQueries,
  type Contexts,
  type Offers,
  type QueryOffers,
} from './contexts.js';
import type { Readers, Repositories } from './persistence/persistence.js';

type PartsElsewhere<Module> = Module extends {
  readonly elsewhere: (given: infer Given extends { readonly parts: unknown }) => object;
}
  ? Given['parts']
  : object;

/** Parts, besides repositories, that ports are made from. */
export type PortParts = All<
  Parameters<Contexts[ContextName]['ports' | 'queries']>[0]['parts'] | PartsElsewhere<Contexts[ContextName]>
>;

/** Returns the process that holds a context, if this one does not. */
export type ServiceOf = (name: ContextName) => Calls;

const noService: ServiceOf = (name) => ({
  call: () => Promise.reject(new Error(`no process is known that holds the context ${name}`)),
});

/** Arguments of a module's `ports`, from which it makes the ports of a transaction. */
export interface InTransaction {
  readonly own: Repositories;
  readonly uses: Offers;
  readonly platform: TransactionPlatform;
  readonly parts: PortParts;
  readonly facts: Facts;
  readonly holds: Holds;
  /** Of the contexts that store something about accounts. */
  readonly followers: () => readonly AccountFollower[];
  /** Of every context that stores personal data. */
  readonly personalData: () => Pick<PrivacyPorts, 'members' | 'erasers'>;
}

/** Arguments of a module's `queries`, from which it makes the ports of its queries. */
export interface InQueries {
  readonly own: Readers;
  readonly uses: QueryOffers;
  readonly parts: PortParts;
}

export interface Composable extends ContextModule {
  readonly ports: (given: InTransaction) => object;
  readonly elsewhere?: (given: Elsewhere<PortParts, Offers>) => object;
  readonly queries: (given: InQueries) => object;
  readonly elsewhereToQueries?: (given: ElsewhereToQueries<PortParts>) => object;
  readonly follows?: { readonly accounts: (given: InTransaction) => AccountFollower };
}

/** A module that needs an argument that it does not receive fails to compile here. */
const MODULES: Readonly<Record<ContextName, Composable>> = CONTEXTS;

/** A module's functions take what its other functions return; the compiler can't follow that through the list. */
type Untyped = (given: unknown) => object;

/** What the ports and the offers of one transaction are made from. */
interface Made {
  readonly given: InTransaction;
  readonly ports: ContextPorts;
}

/** Ports of the operator's commands on the platform. */
export interface OperatingPorts {
  readonly outbox: OutboxRepository;
  readonly audit: AuditLog;
}

/**
 * Makes the ports of each context from the repositories of one scope. If a context uses another one, that one's steps are bound
 * to the same scope, so that all of it is one transaction. Each context is made when it is first used: most transactions need one
 * or two. `held` are the contexts of this process; of the others there is only what they offer `elsewhere`.
 */
export const bindings = (
  parts: PortParts,
  held: readonly ContextName[] = CONTEXT_NAMES,
  serviceOf: ServiceOf = noService,
) => {
  const holds: Holds = (name) => held.some((each) => each === name);
  const requireHeld = (name: ContextName): Composable => {
    if (!held.includes(name)) throw new Error(`this process does not hold the context ${name}`);
    return MODULES[name];
  };
  const offersOf = lazyObjects<Offers, () => Made>(CONTEXT_NAMES, (name, made) => {
    const { elsewhere } = MODULES[name];
    if (elsewhere !== undefined && !held.includes(name))
      return elsewhere({ ...made().given, service: serviceOf(name) });
    return (requireHeld(name).offers as Untyped | undefined)?.(made().ports[name]) ?? {};
  });
  const portsOf = lazyObjects<ContextPorts, InTransaction>(CONTEXT_NAMES, (name, given) =>
    requireHeld(name).ports(given),
  );
  const queryOffersOf = lazyObjects<QueryOffers, () => ContextQueries>(CONTEXT_NAMES, (name, queries) => {
    const { elsewhereToQueries } = MODULES[name];
    if (elsewhereToQueries !== undefined && !held.includes(name))
      return elsewhereToQueries({ parts, service: serviceOf(name) });
    return (requireHeld(name).offersToQueries as Untyped | undefined)?.(queries()[name]) ?? {};
  });
  const queriesOf = lazyObjects<ContextQueries, InQueries>(CONTEXT_NAMES, (name, given) =>
    requireHeld(name).queries(given),
  );
  const personalData = CONTEXT_NAMES.flatMap((name) => {
    const data = MODULES[name].personalData;
    return data === undefined ? [] : [[name, data] as const];
  });

  const inTransaction = (own: Repositories, facts: Facts) => {
    const offers = offersOf(() => ({ given, ports }));
    const given: InTransaction = {
      own,
      uses: offers,
      platform: {
        events: outboxEvents({ outbox: own.outbox, newEventId: parts.newId<never> }),
        idempotency: own.idempotency,
        outbox: own.outbox,
        get people() {
          return own.people; // few transactions need it
        },
      },
      parts,
      facts,
      holds,
      followers: () => held.flatMap((name) => MODULES[name].follows?.accounts(given) ?? []),
      personalData: () => ({
        members: personalData.flatMap(([name, { member }]) => {
          if (member === undefined) return [];
          if (holds(name)) return [{ name: member.name, export: member.export(ports[name] as never) }];
          const fetch = (person: UserId) =>
            facts.get(`export ${name} ${person}`, () => exportMember(serviceOf(name), member, person));
          return [{ name: member.name, export: fetch }];
        }),
        erasers: personalData.flatMap(([name, { erase, requireErasable, erasureErrors = [] }]) => {
          if (holds(name)) {
            const admit = requireErasable?.(ports[name] as never);
            const eraseHere = erase?.(ports[name] as never);
            if (eraseHere === undefined) return [];
            return async (erasure: Erasure) => {
              await admit?.(erasure.person);
              await eraseHere(erasure);
            };
          }
          // The others erase when they receive the event of the erasure.
          if (requireErasable === undefined) return [];
          const hold = holdElsewhere({
            ...{ facts, service: serviceOf(name), name, errors: erasureErrors, now: parts.now },
          });
          return ({ person }: Erasure) => hold(person);
        }),
      }),
    };
    const ports: ContextPorts = portsOf(given);
    const erasing = (): RemoteErasurePorts => {
      const here = personalData.filter(([name]) => holds(name));
      return {
        people: own.people,
        requirements: here.flatMap(
          ([name, { requireErasable }]) => requireErasable?.(ports[name] as never) ?? [],
        ),
        erasers: here.flatMap(([name, { erase }]) => erase?.(ports[name] as never) ?? []),
        requests: own.idempotency,
        events: given.platform.events,
        now: parts.now,
      };
    };
    return { ports, offers, erasing };
  };

  return {
    /** Returns the ports of one context's transaction. */
    ports:
      <Name extends ContextName>(name: Name) =>
      (repositories: Repositories, facts: Facts = NO_FACTS): ContextPorts[Name] =>
        inTransaction(repositories, facts).ports[name],
    /** Returns the ports of a transaction for an erasure that another process began. */
    erasing: (repositories: Repositories, facts: Facts = NO_FACTS): RemoteErasurePorts =>
      inTransaction(repositories, facts).erasing(),
    queries: (own: Readers): ContextQueries => {
      const queries: ContextQueries = queriesOf({ own, uses: queryOffersOf(() => queries), parts });
      return queries;
    },
    operating: (repositories: Repositories, facts: Facts = NO_FACTS): OperatingPorts => ({
      outbox: repositories.outbox,
      audit: inTransaction(repositories, facts).offers.audit.log,
    }),
  };
};
