import 'reflect-metadata';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Logger } from 'pino';
import { container as root, instanceCachingFactory, type DependencyContainer } from 'tsyringe';
import { v7 as uuidv7 } from 'uuid';
import { bcryptPasswordHashers } from '#src/contexts/accounts/adapters/bcrypt/bcrypt-password-hasher.js';
import { cryptoRefreshTokens } from '#src/contexts/accounts/adapters/crypto/crypto-refresh-tokens.js';
import { hmacPlaces } from '#src/contexts/accounts/adapters/crypto/hmac-places.js';
import { randomSecrets } from '#src/contexts/accounts/adapters/crypto/random-secrets.js';
import { accountRoutes } from '#src/contexts/accounts/adapters/http/account-routes.js';
import { jwtAccessTokens } from '#src/contexts/accounts/adapters/jwt/jwt-access-tokens.js';
import { mailSubscriber } from '#src/contexts/accounts/adapters/mail/mail-subscriber.js';
import { plainLetters } from '#src/contexts/accounts/adapters/mail/plain-letters.js';
import { authenticate } from '#src/contexts/accounts/application/authenticate.js';
import { auditRoutes } from '#src/contexts/audit/adapters/http/audit-routes.js';
import { cartRoutes } from '#src/contexts/cart/adapters/http/cart-routes.js';
import { catalogRoutes } from '#src/contexts/catalog/adapters/http/catalog-routes.js';
import { customerRoutes } from '#src/contexts/customers/adapters/http/customer-routes.js';
import { erasureSubscriber } from '#src/contexts/customers/adapters/outbox/erasure-subscriber.js';
import { cancellationSubscriber } from '#src/contexts/ordering/adapters/outbox/cancellation-subscriber.js';
import { orderRoutes } from '#src/contexts/ordering/adapters/http/order-routes.js';
import type { NewId } from '#src/kernel/ids.js';
import { transactThrough, type Transact } from '#src/kernel/transact.js';
import { connect } from '#src/platform/database/connect.js';
import { asOutage } from '#src/platform/database/database-errors.js';
import { nameOfHost, parseDatabaseUrl } from '#src/platform/database/database-url.js';
import { filesOf, requireWritableFile } from '#src/platform/database/require-writable.js';
import { createApp } from '#src/platform/http/app.js';
import { createHealth } from '#src/platform/http/operators/health.js';
import { liftLimit } from '#src/platform/http/pipeline/lift-limit.js';
import { createLogger } from '#src/platform/logger.js';
import { outboxRelay } from '#src/platform/outbox/relay.js';
import { wakeAfterCommit } from '#src/platform/outbox/wake-after-commit.js';
import { behindLinks, closeToOthers, requireClosedFolder } from '#src/platform/private-files.js';
import { placesIn } from '#src/platform/search-places.js';
import { API_INFO } from './api-info.js';
import { bindings } from './bindings.js';
import type { Config } from './config/index.js';
import { mailerOf } from './mailer.js';
import { memoryPersistence } from './persistence/memory-persistence.js';
import type { Persistence, ReplaceRepositories, Repositories } from './persistence/persistence.js';
import { sequelizePersistence } from './persistence/sequelize-persistence.js';
import { placeSecrets } from './place-secrets.js';
import { rateCounters } from './rate-counters.js';
import { keyFilesIn, signingKeys } from './signing-keys.js';
import { TOKEN, type Resolved, type Token, type TokenName } from './tokens.js';

/** Resolves tokens; each to one instance. */
export interface Container {
  resolve<T>(token: Token<T>): T;
}

type Factory<T> = (container: Container) => T;

/** What to use instead of, or around, the original. */
type Override<T> = (original: () => T, container: Container) => T;

/** For any token. */
export type Overrides = { readonly [Name in TokenName]?: Override<Resolved<Name>> };

type Factories = { readonly [Name in TokenName]: Factory<Resolved<Name>> };

const containerOf = (tsyringe: DependencyContainer): Container => ({
  resolve: <T>({ key }: Token<T>) => tsyringe.resolve<T>(key),
});

/** Creates the folder of an embedded database, and takes rights of others from the files of earlier versions. */
const openFolder = (file: string, logger: Logger): void => {
  const folder = dirname(file);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`DATABASE_URL names a file in a folder that can't be created: ${reason}`, {
      cause: error,
    });
  }
  requireClosedFolder(folder);
  const target = behindLinks(file);
  requireClosedFolder(dirname(target)); // its journals are made there
  closeToOthers([...filesOf(target), ...keyFilesIn(folder)], logger);
  requireWritableFile(target);
};

const openPersistence = (
  { database, currency }: Config,
  replaceRepositories: ReplaceRepositories,
  logger: Logger,
): Persistence => {
  if (database.url === 'memory:') return memoryPersistence({}, replaceRepositories);
  const location = parseDatabaseUrl(database.url);
  if (location.kind === 'sqlite') openFolder(location.file, logger);
  const sequelize = connect({
    ...database,
    currency: currency.code,
    onHostAway: (host, err) => {
      logger.warn({ host: nameOfHost(host), err }, 'a host of the database is away; others are tried');
    },
  });
  return sequelizePersistence(sequelize, currency, replaceRepositories, {
    onMigrated: (migrations) => {
      logger.info({ migrations: migrations.length, latest: migrations.at(-1) }, 'schema brought up to date');
    },
    onKeyless: (keyless) => {
      logger.warn(keyless, 'these rows are without a key of their own; see docs/operations.md');
    },
  });
};

const bindingsOf = (c: Container) =>
  bindings({
    now: c.resolve(TOKEN.now),
    newId: c.resolve(TOKEN.newId),
    currency: c.resolve(TOKEN.config).currency,
    requireVerifiedEmail: c.resolve(TOKEN.config).requireVerifiedEmail,
    hashPlace: c.resolve(TOKEN.hashPlace),
  });

/** The transactions of one context: those of the persistence, seen through that context's ports. */
const transactOf =
  <Ports>(choose: (bind: ReturnType<typeof bindingsOf>) => (repositories: Repositories) => Ports) =>
  (c: Container): Transact<Ports> => {
    const { transact } = c.resolve(TOKEN.persistence);
    const waking = wakeAfterCommit(transact, () => {
      c.resolve(TOKEN.relay).wake();
    });
    return transactThrough(waking, choose(bindingsOf(c)));
  };

const accountMail = (c: Container) =>
  mailSubscriber({
    transact: c.resolve(TOKEN.accountsTransact),
    mailSecrets: c.resolve(TOKEN.mailSecrets),
    letters: c.resolve(TOKEN.letters),
    mailer: c.resolve(TOKEN.mailer),
    logger: c.resolve(TOKEN.logger),
  });

const orderCancellations = (c: Container) =>
  cancellationSubscriber({ transact: c.resolve(TOKEN.orderingTransact) });

const erasures = (c: Container) => erasureSubscriber({ transact: c.resolve(TOKEN.customersTransact) });

/** What an id is of, the caller says: `never` is every brand. */
const newId: NewId = () => uuidv7() as never;

const factories = (config: Config): Factories => ({
  config: () => config,
  logger: () => createLogger(config.logLevel),
  now: () => () => new Date(),
  newId: () => newId,

  persistence: (c) => openPersistence(config, c.resolve(TOKEN.replaceRepositories), c.resolve(TOKEN.logger)),
  replaceRepositories: () => (original) => original,

  subscribers: () => [],
  relay: (c) => {
    const { outside, transact } = c.resolve(TOKEN.persistence);
    return outboxRelay({
      outbox: outside.outbox,
      transact,
      // The shop's own first, so that nobody else's failure keeps it from its work. Mail last: what others fail to take in
      // is told to all of them again, and a mail can't be taken back.
      subscribers: [orderCancellations(c), erasures(c), ...c.resolve(TOKEN.subscribers), accountMail(c)],
      newClaimId: c.resolve(TOKEN.newId)<never>,
      logger: c.resolve(TOKEN.logger),
    });
  },

  mailer: () => mailerOf(config),
  letters: () => plainLetters(config.mail.links),

  passwords: () => bcryptPasswordHashers({ cost: config.bcryptCost }),
  accessTokens: () =>
    jwtAccessTokens({
      keys: signingKeys(config),
      issuer: config.tokenIssuer,
      audience: 'portico',
      lifetime: config.accessTokenTtl,
    }),
  refreshTokens: () => cryptoRefreshTokens({ lifetime: config.refreshTokenTtl, idle: config.sessionIdleTtl }),
  mailSecrets: () => randomSecrets,
  // Not before a network is hashed: the command line needs no keys.
  hashPlace: () => hmacPlaces(placeSecrets(() => signingKeys(config))),

  accountsTransact: transactOf((bind) => bind.accounts),
  customersTransact: transactOf((bind) => bind.customers),
  catalogTransact: transactOf((bind) => bind.catalog),
  cartTransact: transactOf((bind) => bind.cart),
  orderingTransact: transactOf((bind) => bind.ordering),
  operatingTransact: transactOf((bind) => bind.operating),
  queries: (c) => bindingsOf(c).queries(c.resolve(TOKEN.persistence).outside),

  accountRoutes: (c) =>
    accountRoutes({
      ...c.resolve(TOKEN.queries).accounts,
      transact: c.resolve(TOKEN.accountsTransact),
      passwords: c.resolve(TOKEN.passwords),
      accessTokens: c.resolve(TOKEN.accessTokens),
      refreshTokens: c.resolve(TOKEN.refreshTokens),
      mailSecrets: c.resolve(TOKEN.mailSecrets),
      newId: c.resolve(TOKEN.newId),
      liftLimit: c.resolve(TOKEN.liftLimit),
    }),
  customerRoutes: (c) => {
    const { customers, personalLists, now } = c.resolve(TOKEN.queries).customers;
    return customerRoutes({
      customers,
      personalLists,
      now,
      transact: c.resolve(TOKEN.customersTransact),
      newId: c.resolve(TOKEN.newId),
    });
  },
  catalogRoutes: (c) =>
    catalogRoutes({
      ...c.resolve(TOKEN.queries).catalog,
      transact: c.resolve(TOKEN.catalogTransact),
      currency: config.currency,
      sharedCacheTtl: config.sharedCacheTtl,
    }),
  cartRoutes: (c) =>
    cartRoutes({ ...c.resolve(TOKEN.queries).cart, transact: c.resolve(TOKEN.cartTransact) }),
  orderRoutes: (c) =>
    orderRoutes({
      ...c.resolve(TOKEN.queries).ordering,
      transact: c.resolve(TOKEN.orderingTransact),
      newId: c.resolve(TOKEN.newId),
      now: c.resolve(TOKEN.now),
      currency: config.currency,
      maxPending: config.pendingOrders.max,
    }),
  auditRoutes: (c) => auditRoutes(c.resolve(TOKEN.queries).audit),

  counters: (c) =>
    rateCounters(config, {
      persistence: () => c.resolve(TOKEN.persistence),
      now: c.resolve(TOKEN.now),
      logger: c.resolve(TOKEN.logger),
    }),

  liftLimit: (c) => {
    const counters = c.resolve(TOKEN.counters);
    return counters === null ? () => Promise.resolve() : liftLimit(counters);
  },

  health: (c) =>
    createHealth({ check: () => c.resolve(TOKEN.persistence).check(), logger: c.resolve(TOKEN.logger) }),
  http: (c) =>
    createApp({
      routes: [
        ...c.resolve(TOKEN.accountRoutes),
        ...c.resolve(TOKEN.customerRoutes),
        ...c.resolve(TOKEN.catalogRoutes),
        ...c.resolve(TOKEN.cartRoutes),
        ...c.resolve(TOKEN.orderRoutes),
        ...c.resolve(TOKEN.auditRoutes),
      ],
      authenticate: authenticate({
        sessions: c.resolve(TOKEN.queries).accounts.sessions,
        accessTokens: c.resolve(TOKEN.accessTokens),
        now: c.resolve(TOKEN.now),
      }),
      health: c.resolve(TOKEN.health),
      asRefusal: asOutage,
      counters: c.resolve(TOKEN.counters),
      logger: c.resolve(TOKEN.logger),
      now: c.resolve(TOKEN.now),
      newId: c.resolve(TOKEN.newId),
      info: API_INFO,
      config: {
        publicUrl: config.publicUrl,
        corsOrigins: config.corsOrigins,
        trustProxy: config.trustProxy,
        requestsPerMinute: config.rateLimits?.perMinute ?? 0,
        operationsApart: config.operationsPort !== null,
        bodyLimit: '100kb',
        idempotencyQuota: config.idempotencyQuota,
        searches: {
          places: placesIn(config.database.poolMax),
          timeoutMs: config.database.statementTimeoutMs,
        },
      },
    }),
});

const withOverride =
  <T>(
    original: Factory<T>,
    override: ((original: () => T, container: Container) => T) | undefined,
  ): Factory<T> =>
  (c) =>
    override === undefined ? original(c) : override(() => original(c), c);

/** Registers a factory whose product is made at most once. */
const once = <T>(tsyringe: DependencyContainer, { key }: Token<T>, factory: Factory<T>): void => {
  tsyringe.register<T>(key, { useFactory: instanceCachingFactory((child) => factory(containerOf(child))) });
};

/** A container for one shop. Nothing is opened before it is resolved. */
export const shopContainer = (config: Config, overrides: Overrides = {}): Container => {
  const tsyringe = root.createChildContainer();
  const originals = factories(config);
  for (const name of Object.keys(TOKEN) as TokenName[]) {
    // The compiler can't follow that token, factory and override of one name go together; `Factories` says that they do.
    once<unknown>(
      tsyringe,
      TOKEN[name],
      withOverride<unknown>(originals[name], overrides[name] as Override<unknown> | undefined),
    );
  }
  return containerOf(tsyringe);
};
