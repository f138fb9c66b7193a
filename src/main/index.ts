// What somebody who embeds a shop, or brings repositories of their own, imports from `portico`.
export { createShop, type Prepared, type Shop } from './shop.js';
export { testShop, type TestShop } from './test-shop.js';
export { readConfig, type Config } from './config.js';
export type { Container, Overrides } from './container.js';
export { TOKEN, type Token } from './tokens.js';
export { memoryPersistence } from './persistence/memory-persistence.js';
export { sequelizePersistence } from './persistence/sequelize-persistence.js';
export type {
  Persistence,
  Readers,
  ReplaceRepositories,
  Repositories,
  Scope,
} from './persistence/persistence.js';
export type { ContextPorts } from './bindings.js';
export type { OutboxEvent } from '../platform/outbox/outbox.js';
export type { Subscriber } from '../platform/outbox/subscriber.js';
export type { Letter, Letters } from '../contexts/accounts/adapters/mail/plain-letters.js';
export type { Mail, Mailer } from '../platform/mail/mailer.js';
export { isUniqueViolation, QueryTypes } from '../platform/database/refusals.js';
export { requireTransaction } from '../platform/database/scope.js';
export { connect, type DatabaseOptions } from '../platform/database/connect.js';
export { DomainError, failWrite, isDomainError } from '../kernel/errors.js';
export { Money, type Currency } from '../kernel/money.js';
export type { Transact, Work } from '../kernel/transact.js';
