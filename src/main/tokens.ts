import type { Logger } from 'pino';
import type { Letters } from '../contexts/accounts/adapters/mail/plain-letters.js';
import type {
  AccessTokens,
  HashPlace,
  MailSecrets,
  PasswordHashers,
  RefreshTokens,
} from '../contexts/accounts/application/ports.js';
import type { Now } from '../kernel/clock.js';
import type { NewId } from '../kernel/ids.js';
import type { Transact } from '../kernel/transact.js';
import type { HttpApp } from '../platform/http/app.js';
import type { Health } from '../platform/http/health.js';
import type { LiftLimit } from '../platform/http/lift-limit.js';
import type { Route } from '../platform/http/route.js';
import type { RateCounters } from '../platform/limits/rate-counter.js';
import type { Mailer } from '../platform/mail/mailer.js';
import type { Relay } from '../platform/outbox/relay.js';
import type { Subscriber } from '../platform/outbox/subscriber.js';
import type { ContextPorts, Queries } from './bindings.js';
import type { Config } from './config.js';
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

  /** Who is told of events, beside the log. */
  subscribers: token<readonly Subscriber[]>('subscribers'),
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
