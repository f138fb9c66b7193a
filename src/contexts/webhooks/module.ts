import type { AuditOffers } from '#src/contexts/audit/public.js';
import type { Now } from '#src/kernel/clock.js';
import type { NewId } from '#src/kernel/ids.js';
import { PURGE_EVERY_MS, purgeAll } from '#src/platform/chores.js';
import type {
  ContextModule,
  InProcess,
  InQueries,
  InTransaction,
  RepositoryMakers,
} from '#src/platform/context-module.js';
import type { EventSender } from '#src/platform/inbox/choice-operation.js';
import type { Facts } from '#src/platform/neighbours/facts.js';
import type { DeliveryOptions } from '#src/platform/outbox/subscriber.js';
import type { CommandPorts } from '#src/platform/http/pipeline/run-command.js';
import { sealedSecrets, type KeyRing } from './adapters/crypto/sealed-secrets.js';
import { DELIVERY, endpointSource } from './adapters/endpoint-subscribers.js';
import { eventReceiver } from './adapters/event-receiver.js';
import { webhookRoutes } from './adapters/http/webhook-routes.js';
import { memoryAttemptRepository } from './adapters/memory/memory-attempt-repository.js';
import { memoryEndpointRepository } from './adapters/memory/memory-endpoint-repository.js';
import { outboxRelay, outboxSubscriptions } from './adapters/outbox-subscriptions.js';
import { sendWebhook } from './adapters/sending/send-webhook.js';
import { requireTarget } from './adapters/sending/targets.js';
import { sendersElsewhere, withdrawSurplus } from './adapters/services/event-senders.js';
import { sequelizeAttemptRepository } from './adapters/sequelize/sequelize-attempt-repository.js';
import { sequelizeEndpointRepository } from './adapters/sequelize/sequelize-endpoint-repository.js';
import { webhookTables } from './adapters/sequelize/webhook-tables.js';
import { purgeAttempts, resealSecrets } from './application/maintain.js';
import type {
  AttemptReader,
  AttemptRepository,
  EndpointReader,
  EndpointRepository,
  Secrets,
  Send,
  Surplus,
  WebhooksPorts,
  WebhooksReaders,
} from './application/ports.js';

export interface Repositories {
  readonly webhookEndpoints: EndpointRepository;
  readonly webhookAttempts: AttemptRepository;
}

export interface Readers {
  readonly webhookEndpoints: EndpointReader;
  readonly webhookAttempts: AttemptReader;
}

export interface Settings {
  readonly webhooks: { readonly allowPrivateTargets: boolean };
}

export interface Parts {
  readonly config: Settings;
  readonly now: Now;
  readonly newId: NewId;
  readonly webhookSend: Send;
  readonly webhookSecrets: Secrets;
  readonly webhookDelivery: Partial<DeliveryOptions>;
  readonly webhookSurplus: Surplus;
  /** The other processes with contexts; none in a shop of one process. */
  readonly eventSenders: readonly EventSender[];
}

export interface Given extends InTransaction<
  Repositories,
  { readonly audit: AuditOffers },
  Pick<Parts, 'now' | 'newId' | 'webhookSurplus' | 'eventSenders'>
> {
  readonly facts: Facts;
}

export type Running = InProcess<WebhooksPorts & CommandPorts, WebhooksReaders, Parts>;

/** Not sooner: calls of a process that is away must not open its circuit by themselves. */
const WITHDRAW_EVERY_MS = 15_000;

const repositories: RepositoryMakers<Repositories> = {
  memory: {
    webhookEndpoints: memoryEndpointRepository,
    webhookAttempts: memoryAttemptRepository,
  },
  sql: {
    webhookEndpoints: sequelizeEndpointRepository,
    webhookAttempts: sequelizeAttemptRepository,
  },
};

/** URLs of other programs that are sent what happens in the shop. */
export const webhooks = {
  repositories,
  tables: (sequelize) => {
    const { endpoints, attempts, lists } = webhookTables(sequelize);
    return [endpoints, attempts, lists];
  },
  parts: {
    webhookSend: ({ config }: { readonly config: Settings }): Send =>
      sendWebhook({ allowPrivate: config.webhooks.allowPrivateTargets }),
    webhookDelivery: (): Partial<DeliveryOptions> => DELIVERY,
    webhookSurplus: (): Surplus => ({ isPossible: true }),
    /** The keys are read with the first secret: the command line needs none. */
    webhookSecrets: (parts: { readonly keyRing: KeyRing }): Secrets => sealedSecrets(() => parts.keyRing),
  },
  ports: ({ own, uses, platform, parts, facts }: Given): WebhooksPorts & CommandPorts => ({
    endpoints: own.webhookEndpoints,
    attempts: own.webhookAttempts,
    subscriptions: outboxSubscriptions(platform.outbox),
    relay: outboxRelay(platform.outbox, parts.newId<never>),
    senders: sendersElsewhere({
      ...{ endpoints: own.webhookEndpoints, eventSenders: parts.eventSenders },
      ...{ facts, surplus: parts.webhookSurplus },
    }),
    surplus: parts.webhookSurplus,
    events: platform.events,
    idempotency: platform.idempotency,
    audit: uses.audit.log,
    now: parts.now,
  }),
  queries: ({ own }: InQueries<Readers>): WebhooksReaders => ({
    endpoints: own.webhookEndpoints,
    attempts: own.webhookAttempts,
  }),
  routes: ({ transact, queries, parts: { config, now, newId, webhookSecrets: secrets } }: Running) =>
    webhookRoutes({
      ...queries,
      ...{ transact, secrets, now, newId },
      requireTarget: requireTarget({ allowPrivate: config.webhooks.allowPrivateTargets }),
    }),
  sources: ({ transact, queries, parts }: Running) => {
    const { now, newId, webhookSecrets: secrets, webhookSend: send, webhookDelivery: delivery } = parts;
    return [endpointSource({ ...queries, transact, secrets, now, newId, send, delivery })];
  },
  receives: [eventReceiver],
  chores: ({
    transact,
    queries: { endpoints },
    parts: { now, webhookSecrets: secrets, webhookSurplus: surplus, eventSenders },
  }: Running) => [
    {
      name: 'purge attempts of webhooks',
      everyMs: PURGE_EVERY_MS,
      run: () => purgeAll(purgeAttempts({ transact, now })),
    },
    {
      name: 'encrypt secrets of webhooks with the present key',
      everyMs: PURGE_EVERY_MS,
      run: resealSecrets({ transact, endpoints, secrets, now }),
    },
    ...(eventSenders.length === 0
      ? []
      : [
          {
            name: 'withdraw events that no webhook endpoint wants',
            everyMs: WITHDRAW_EVERY_MS,
            run: withdrawSurplus({ transact, eventSenders, surplus }),
          },
        ]),
  ],
} satisfies ContextModule;

export { WEBHOOK_DESCRIPTIONS } from './adapters/http/payload-schemas.js';
