import type { Sequelize } from 'sequelize';
import type { ContextModule } from '#src/platform/context-module.js';
import type { AnyTable } from '#src/platform/database/tables.js';
import { replyTables } from '#src/platform/idempotency/sequelize-idempotency-store.js';
import { outboxTables } from '#src/platform/outbox/sequelize-outbox-repository.js';
import { CONTEXTS, type ContextName } from '../../contexts.js';
import type { ShopEventType } from '../../events.js';

/** Tables of contexts that are not moved, with the reason. */
const NOT_MOVED: Readonly<Record<string, string>> = {
  stock_reservations: 'one process needs none; the ledger has what each order has taken',
  order_placements: 'one process needs none; those of services end before a move',
  webhook_endpoint_lists: 'each database has its own: its version is that of no other',
};

/** What becomes of the tables that every database has. */
export const PLATFORM_TABLES: Readonly<Record<string, string>> = {
  SequelizeMeta: 'each database has its own',
  leases: 'each database has its own',
  shop_settings: 'each database has its own; those of tokens go with the accounts',
  outbox_events: 'go with their context; what is not delivered is dispatched there again',
  outbox_subscriptions: 'each process stores its own when it starts',
  outbox_deliveries: 'made again',
  idempotency_keys: 'go to every database, since a key does not tell its operation; each is stored once',
  idempotency_usage: 'computed from the keys',
  inbox_events: 'the ids of events that no process sends again',
  people: 'marks of erasures that are over: who has no account counts as erased',
  rate_counts: 'counts begin anew: another process counts, under another key',
};

/** Returns the tables of contexts, each after those that it refers to. */
export const tablesOf = (contexts: readonly ContextName[], sequelize: Sequelize): readonly AnyTable[] =>
  contexts.flatMap((name) => (CONTEXTS[name] as ContextModule).tables?.(sequelize) ?? []);

/** Returns those that are moved. */
export const movedTables = (contexts: readonly ContextName[], sequelize: Sequelize): readonly AnyTable[] =>
  tablesOf(contexts, sequelize).filter(({ name }) => !(name in NOT_MOVED));

/** Returns the tables that a move fills. */
export const filledTables = (contexts: readonly ContextName[], sequelize: Sequelize): readonly AnyTable[] => [
  ...movedTables(contexts, sequelize),
  outboxTables(sequelize).events,
  replyTables(sequelize).keys,
];

type Aggregate = ShopEventType extends infer Type
  ? Type extends `${infer Kind}.${string}`
    ? Kind
    : never
  : never;

/** The context whose processes append the events of an aggregate. */
const CONTEXT_OF: Readonly<Record<Aggregate, ContextName>> = {
  audit_entry: 'audit',
  bulk_cancellation: 'ordering',
  category: 'catalog',
  customer: 'customers',
  email_verification: 'accounts',
  erasure: 'privacy',
  import: 'catalog',
  order: 'ordering',
  password_reset: 'accounts',
  product: 'catalog',
  reservation: 'catalog',
  stock: 'catalog',
  user: 'accounts',
  webhook_category: 'webhooks',
  webhook_customer: 'webhooks',
  webhook_endpoint: 'webhooks',
  webhook_order: 'webhooks',
  webhook_ping: 'webhooks',
  webhook_product: 'webhooks',
  webhook_redelivery: 'webhooks',
  webhook_stock: 'webhooks',
};

/** Returns the aggregates whose events belong to contexts. */
export const aggregatesOf = (contexts: readonly ContextName[]): readonly string[] =>
  Object.entries(CONTEXT_OF)
    .filter(([, context]) => contexts.includes(context))
    .map(([aggregate]) => aggregate);
