import type { Logger } from 'pino';
import type { Letters } from '#src/contexts/accounts/adapters/mail/plain-letters.js';
import type {
  AccessTokens,
  HashPlace,
  MailSecrets,
  PasswordHashers,
  RefreshTokens,
} from '#src/contexts/accounts/application/ports.js';
import type { Now } from '#src/kernel/clock.js';
import type { NewId } from '#src/kernel/ids.js';
import type { Transact } from '#src/kernel/transact.js';
import type { HttpApp } from '#src/platform/http/app.js';
import type { Health } from '#src/platform/http/operators/health.js';
import type { LiftLimit } from '#src/platform/http/pipeline/lift-limit.js';
import type { Route } from '#src/platform/http/routes/route.js';
import type { RateCounters } from '#src/platform/limits/rate-counter.js';
import type { Mailer } from '#src/platform/mail/mailer.js';
import type { Relay } from '#src/platform/outbox/relay.js';
import type { ContextPorts, Queries } from './bindings.js';
import type { Config } from './config/index.js';
import type { ShopSubscriber } from './events.js';
import type { Persistence, ReplaceRepositories } from './persistence/persistence.js';

declare const resolvesTo: unique symbol;

/** The key of something in the container, typed by what it resolves to. */
export interface Token<T> {
  readonly key: symbol;
  readonly [resolvesTo]?: T;
}

const token = <T>(name: string): Token<T> => ({ key: Symbol(name) });

/** What a shop is put together from. Each of them can be replaced by the overrides of `createShop`. */
export const TOKEN = {
  config: token<Config>('config'),
  logger: token<Logger>('logger'),
  now: token<Now>('now'),
  newId: token<NewId>('newId'),

  persistence: token<Persistence>('persistence'),
  replaceRepositories: token<ReplaceRepositories>('replaceRepositories'),

  /** Subscribers to events, in addition to the shop's own. */
  subscribers: token<readonly ShopSubscriber[]>('subscribers'),
  relay: token<Relay>('relay'),
  /** Who carries mail; null when nobody does. */
  mailer: token<Mailer | null>('mailer'),
  /** What the mails of accounts say. */
  letters: token<Letters>('letters'),

  passwords: token<PasswordHashers>('passwords'),
  accessTokens: token<AccessTokens>('accessTokens'),
  refreshTokens: token<RefreshTokens>('refreshTokens'),
  mailSecrets: token<MailSecrets>('mailSecrets'),
  /** Under which hashes the networks of users are stored. */
  hashPlace: token<HashPlace>('hashPlace'),

  accountsTransact: token<Transact<ContextPorts['accounts']>>('accountsTransact'),
  customersTransact: token<Transact<ContextPorts['customers']>>('customersTransact'),
  catalogTransact: token<Transact<ContextPorts['catalog']>>('catalogTransact'),
  cartTransact: token<Transact<ContextPorts['cart']>>('cartTransact'),
  orderingTransact: token<Transact<ContextPorts['ordering']>>('orderingTransact'),
  operatingTransact: token<Transact<ContextPorts['operating']>>('operatingTransact'),
  /** What queries read, outside of any transaction. */
  queries: token<Queries>('queries'),

  accountRoutes: token<readonly Route[]>('accountRoutes'),
  customerRoutes: token<readonly Route[]>('customerRoutes'),
  catalogRoutes: token<readonly Route[]>('catalogRoutes'),
  cartRoutes: token<readonly Route[]>('cartRoutes'),
  orderRoutes: token<readonly Route[]>('orderRoutes'),
  auditRoutes: token<readonly Route[]>('auditRoutes'),

  /** Where requests are counted; null limits none. */
  counters: token<RateCounters | null>('counters'),
  liftLimit: token<LiftLimit>('liftLimit'),

  health: token<Health>('health'),
  http: token<HttpApp>('http'),
} as const;

export type TokenName = keyof typeof TOKEN;
export type Resolved<Name extends TokenName> = (typeof TOKEN)[Name] extends Token<infer T> ? T : never;
