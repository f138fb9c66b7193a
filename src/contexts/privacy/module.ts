import { requireRecentLogIn } from '#src/contexts/accounts/public.js';
import type { AuditOffers } from '#src/contexts/audit/public.js';
import type { CustomersQueryOffers, CustomersOffers } from '#src/contexts/customers/public.js';
import type { Now } from '#src/kernel/clock.js';
import type { NewId } from '#src/kernel/ids.js';
import type {
  ContextModule,
  InProcess,
  InQueries,
  InTransaction,
  RepositoryMakers,
} from '#src/platform/context-module.js';
import type { CommandPorts } from '#src/platform/http/pipeline/run-command.js';
import { erasureSubscriber } from './adapters/erasure-subscriber.js';
import { privacyRoutes, type ExportedParts } from './adapters/http/privacy-routes.js';
import type { PrivacyPorts, PrivacyReaders } from './application/ports.js';

export interface Parts {
  readonly now: Now;
  readonly newId: NewId;
  /** The parts of an export that the other contexts provide. */
  readonly exported: ExportedParts;
}

/** Given the other contexts' parts of an erasure and an export, bound to this transaction. */
export interface Given extends InTransaction<
  object,
  { readonly customers: CustomersOffers; readonly audit: AuditOffers },
  Pick<Parts, 'now'>
> {
  readonly personalData: () => Pick<PrivacyPorts, 'members' | 'erasers'>;
}

export type Running = InProcess<PrivacyPorts & CommandPorts, PrivacyReaders, Parts>;

/** It has no tables. */
const repositories: RepositoryMakers<object> = { memory: {}, sql: {} };

/** Export and erasure of a person's data in all contexts. It depends on every context, and no context on it. */
export const privacy = {
  repositories,
  ports: ({ uses, platform, parts, personalData }: Given): PrivacyPorts & CommandPorts => ({
    profiles: { versionOf: uses.customers.profileVersion },
    requireRecentLogIn: requireRecentLogIn({ now: parts.now }),
    ...personalData(),
    requests: platform.idempotency,
    events: platform.events,
    idempotency: platform.idempotency,
    audit: uses.audit.log,
    now: parts.now,
  }),
  queries: ({ uses }: InQueries<object, { readonly customers: CustomersQueryOffers }>): PrivacyReaders => ({
    profiles: { versionOf: uses.customers.profileVersion },
  }),
  routes: ({ transact, queries, parts: { exported, newId } }: Running) =>
    privacyRoutes({ ...queries, transact, exported, newId }),
  subscribers: ({ transact }: Running) => [erasureSubscriber({ transact })],
} satisfies ContextModule;

export type { ExportedParts } from './adapters/http/privacy-routes.js';
export type { PrivacyPorts } from './application/ports.js';
// For src/main, which puts together what processes without this context do in an erasure.
export { erasureSubscriber } from './adapters/erasure-subscriber.js';
export { erasureReceiver, holdElsewhere, holdRoute } from './adapters/services/remote-erasure.js';
export type { RemoteErasurePorts } from './application/erase-elsewhere.js';
