import { accounts } from '#src/contexts/accounts/module.js';
import { audit } from '#src/contexts/audit/module.js';
import { cart } from '#src/contexts/cart/module.js';
import { catalog } from '#src/contexts/catalog/module.js';
import { customers } from '#src/contexts/customers/module.js';
import { ordering } from '#src/contexts/ordering/module.js';
import { privacy } from '#src/contexts/privacy/module.js';
import { webhooks } from '#src/contexts/webhooks/module.js';
import type { ContextModule, RepositoryMakers } from '#src/platform/context-module.js';
import type { AnyKeyedTable } from '#src/platform/database/rebuild-keys.js';
import type { SqlScope } from '#src/platform/database/scope.js';

/**
 * The contexts of the shop. Each is listed after those that it uses, which is also the order in which they lock rows for an
 * erasure. Adding a context takes its folder and its line here.
 */
export const CONTEXTS = { audit, accounts, customers, catalog, cart, ordering, privacy, webhooks } as const;

export type Contexts = typeof CONTEXTS;
export type ContextName = keyof Contexts;
export const CONTEXT_NAMES = Object.keys(CONTEXTS) as readonly ContextName[];

type Member<Module, Name extends string> = Module extends Readonly<Record<Name, infer Found>> ? Found : never;
type MadeBy<Makers> = Makers extends RepositoryMakers<infer Repositories> ? Repositories : never;
type Returned<Function> = Function extends (given: never) => infer Result ? Result : never;
/** Intersection of a union's members. */
export type All<Union> = (Union extends unknown ? (each: Union) => void : never) extends (
  all: infer Each,
) => void
  ? Each
  : never;

/** The repositories of every context. */
export type ContextRepositories = All<MadeBy<Contexts[ContextName]['repositories']>>;
/** What can be asked of them outside of any transaction. */
export type ContextReaders = All<Parameters<Contexts[ContextName]['queries']>[0]['own']>;
/** The ports of the transactions of each context. */
export type ContextPorts = { readonly [Name in ContextName]: ReturnType<Contexts[Name]['ports']> };
/** The ports of the queries of each context. */
export type ContextQueries = { readonly [Name in ContextName]: ReturnType<Contexts[Name]['queries']> };
/** What each context offers to the transactions of the others. */
export type Offers = { readonly [Name in ContextName]: Returned<Member<Contexts[Name], 'offers'>> };
/** What each context offers to the queries of the others. */
export type QueryOffers = {
  readonly [Name in ContextName]: Returned<Member<Contexts[Name], 'offersToQueries'>>;
};
/** What each context does for the operator of the shop. */
export type Operations = { readonly [Name in ContextName]: Returned<Member<Contexts[Name], 'operations'>> };
type PartsOf<Module> = Module extends { readonly parts: infer Factories }
  ? { readonly [Part in keyof Factories]: Returned<Factories[Part]> }
  : object;

/** The parts that contexts bring, by name. */
export type ContextParts = All<PartsOf<Contexts[ContextName]>>;

/** Returns the functions that make the repositories of contexts on one kind of store, by name. */
export const repositoryMakers = <Kind extends keyof RepositoryMakers<ContextRepositories>>(
  held: readonly ContextName[],
  kind: Kind,
): RepositoryMakers<ContextRepositories>[Kind] =>
  // No two modules use one name, or their types would not meet.
  Object.assign({}, ...held.map((name) => CONTEXTS[name].repositories[kind])) as never;

/** Returns the tables of contexts with keys that are computed from texts. */
export const keyedTables = (
  held: readonly ContextName[],
  sequelize: SqlScope['sequelize'],
): readonly AnyKeyedTable[] =>
  held.flatMap((name) => (CONTEXTS[name] as ContextModule).keyedTables?.(sequelize) ?? []);
