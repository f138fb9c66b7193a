import type { AccountFollower } from '#src/contexts/accounts/public.js';
import type { PrivacyPorts } from '#src/contexts/privacy/module.js';
import type { AuditTrail } from '#src/kernel/audit.js';
import type { ContextModule, TransactionPlatform } from '#src/platform/context-module.js';
import { lazily } from '#src/platform/lazily.js';
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

/** What ports are made of besides repositories. */
export type PortParts = All<Parameters<Contexts[ContextName]['ports' | 'queries']>[0]['parts']>;

/** What each module may ask for when it makes the ports of a transaction. */
export interface InTransaction extends Pick<PrivacyPorts, 'members' | 'erasers'> {
  readonly own: Repositories;
  readonly uses: Offers;
  readonly platform: TransactionPlatform;
  readonly parts: PortParts;
  readonly followers: readonly AccountFollower[];
}

/** What each module may ask for when it makes the ports of its queries. */
export interface InQueries {
  readonly own: Readers;
  readonly uses: QueryOffers;
  readonly parts: PortParts;
}

export interface Composable extends ContextModule {
  readonly ports: (given: InTransaction) => object;
  readonly queries: (given: InQueries) => object;
  readonly follows?: { readonly accounts: (given: InTransaction) => AccountFollower };
}

/** A module that asks for what it is not given does not compile here. */
const MODULES: Readonly<Record<ContextName, Composable>> = CONTEXTS;

/** The functions of a module take what its other functions return, which the compiler can't follow through the list. */
type Untyped = (given: unknown) => object;

/** Returns an object with a member for each context. What that is, the caller says. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
const byName = <Members extends object>(make: (name: ContextName) => object): Members =>
  lazily<Members>(
    Object.fromEntries(CONTEXT_NAMES.map((name) => [name, () => make(name)])) as unknown as {
      readonly [Name in keyof Members]: () => Members[Name];
    },
  );

/** What the operator's commands on the platform work with. */
export interface OperatingPorts {
  readonly outbox: OutboxRepository;
  readonly audit: AuditTrail;
}

/**
 * From the repositories of one scope to the ports of each context. Where a context needs another one, that one's steps
 * are bound to the same scope, so that all of it is one transaction.
 */
export const bindings = (parts: PortParts) => {
  const inTransaction = (own: Repositories) => {
    const platform: TransactionPlatform = {
      events: outboxEvents({ outbox: own.outbox, newEventId: parts.newId<never> }),
      replies: own.replies,
    };
    const offers = byName<Offers>(
      (name) => (MODULES[name].offers as Untyped | undefined)?.(ports[name]) ?? {},
    );
    const personalData = CONTEXT_NAMES.map((name) => [name, MODULES[name].personalData] as const);
    const given: InTransaction = {
      own,
      uses: offers,
      platform,
      parts,
      get followers() {
        return CONTEXT_NAMES.flatMap((name) => MODULES[name].follows?.accounts(given) ?? []);
      },
      get members() {
        return personalData.flatMap(([name, held]) =>
          held?.member === undefined
            ? []
            : [{ name: held.member.name, export: held.member.export(ports[name] as never) }],
        );
      },
      get erasers() {
        return personalData.flatMap(([name, held]) => held?.erase?.(ports[name] as never) ?? []);
      },
    };
    const ports: ContextPorts = byName<ContextPorts>((name) => MODULES[name].ports(given));
    return { ports, offers };
  };

  const queries = (own: Readers): ContextQueries => {
    const offers = byName<QueryOffers>(
      (name) => (MODULES[name].offersToQueries as Untyped | undefined)?.(bound[name]) ?? {},
    );
    const bound: ContextQueries = byName<ContextQueries>((name) =>
      MODULES[name].queries({ own, uses: offers, parts }),
    );
    return bound;
  };

  return {
    /** The ports of a transaction of each context. */
    ports: byName<{ readonly [Name in ContextName]: (repositories: Repositories) => ContextPorts[Name] }>(
      (name) => (repositories: Repositories) => inTransaction(repositories).ports[name],
    ),
    queries,
    operating: (repositories: Repositories): OperatingPorts => ({
      outbox: repositories.outbox,
      audit: inTransaction(repositories).offers.audit.log,
    }),
  };
};
