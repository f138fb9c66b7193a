// Exports of `portico` for projects that embed a shop or bring repositories of their own.
export { createShop, type Prepared, type Shop } from './shop.js';
export { testShop, type TestShop } from './test-shop.js';
export { readConfig, type Config } from './config/index.js';
export type { Overrides } from './container.js';
export type { Parts } from './parts.js';
export { memoryPersistence } from './persistence/memory-persistence.js';
export { sequelizePersistence } from './persistence/sequelize-persistence.js';
export type {
  Persistence,
  Readers,
  ReplaceRepositories,
  Repositories,
  Scope,
} from './persistence/persistence.js';
export type { ContextPorts } from './contexts.js';
export { PUBLISHED_EVENTS, type ShopEvent, type ShopEventType, type ShopSubscriber } from './events.js';
export type { OutboxEvent } from '#src/platform/outbox/outbox.js';
export type { MailContent, MailTemplates } from '#src/contexts/accounts/module.js';
export type { Mail, Mailer } from '#src/platform/mail/mailer.js';
export { isUniqueViolation, QueryTypes } from '#src/platform/database/refusals.js';
export { requireTransaction } from '#src/platform/database/scope.js';
export { connect, type DatabaseOptions } from '#src/platform/database/connect.js';
export { DomainError, failWrite, isDomainError } from '#src/kernel/errors.js';
export { Money, type Currency } from '#src/kernel/money.js';
export type { Transact, Work } from '#src/kernel/transact.js';
