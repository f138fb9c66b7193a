import type { Logger } from 'pino';
import type { AuditOffers } from '#src/contexts/audit/public.js';
import { OPERATOR } from '#src/kernel/actor.js';
import type { Now } from '#src/kernel/clock.js';
import type { EmailAddress } from '#src/kernel/email-address.js';
import type { NewId, UserId } from '#src/kernel/ids.js';
import { PURGE_EVERY_MS, purgeAll } from '#src/platform/chores.js';
import type {
  ContextModule,
  InProcess,
  InQueries,
  InTransaction,
  RepositoryMakers,
} from '#src/platform/context-module.js';
import type { Authenticate } from '#src/platform/http/pipeline/access.js';
import type { LiftLimit } from '#src/platform/http/pipeline/lift-limit.js';
import type { CommandPorts } from '#src/platform/http/pipeline/run-command.js';
import type { Mailer } from '#src/platform/mail/mailer.js';
import { authentication } from './adapters/authentication.js';
import { apiKeySecrets } from './adapters/crypto/api-key-secrets.js';
import { bcryptPasswordHashers } from './adapters/crypto/bcrypt-password-hasher.js';
import { cryptoRefreshTokens } from './adapters/crypto/crypto-refresh-tokens.js';
import { hmacPlaces } from './adapters/crypto/hmac-places.js';
import { placeSecrets } from './adapters/crypto/place-secrets.js';
import { randomSecrets } from './adapters/crypto/random-secrets.js';
import { accountRoutes } from './adapters/http/account-routes.js';
import { accountMember } from './adapters/http/personal-data.js';
import { jwtAccessTokens } from './adapters/jwt/jwt-access-tokens.js';
import type { KeyRing } from './adapters/jwt/signing-keys.js';
import { mailSubscriber } from './adapters/mail/mail-subscriber.js';
import {
  plainMailTemplates,
  type MailTemplates,
  type LinkTemplates,
} from './adapters/mail/mail-templates.js';
import { memoryApiKeyRepository } from './adapters/memory/memory-api-key-repository.js';
import { memoryKnownPlaceRepository } from './adapters/memory/memory-known-place-repository.js';
import { memoryMailTokenRepository } from './adapters/memory/memory-mail-token-repository.js';
import { memorySessionRepository } from './adapters/memory/memory-session-repository.js';
import { memoryUserRepository } from './adapters/memory/memory-user-repository.js';
import { addressSalts } from './adapters/neighbours.js';
import { accountTables } from './adapters/sequelize/account-tables.js';
import { emailKeys } from './adapters/sequelize/email-keys.js';
import { sequelizeApiKeyRepository } from './adapters/sequelize/sequelize-api-key-repository.js';
import { sequelizeKnownPlaceRepository } from './adapters/sequelize/sequelize-known-place-repository.js';
import { sequelizeMailTokenRepository } from './adapters/sequelize/sequelize-mail-token-repository.js';
import { sequelizeSessionRepository } from './adapters/sequelize/sequelize-session-repository.js';
import { sequelizeUserRepository } from './adapters/sequelize/sequelize-user-repository.js';
import {
  accountOperations,
  accountsElsewhere,
  accountsElsewhereToQueries,
} from './adapters/services/account-operations.js';
import { authenticationRoute } from './adapters/services/authentication.js';
import { changeUser } from './application/change-user.js';
import { closeAccount } from './application/close-account.js';
import { createAdministrator, ensureAdministrator } from './application/administrators.js';
import {
  OPERATOR_HASHING,
  type AccountFollower,
  type AccountsPorts,
  type AccountsReaders,
  type AccessTokens,
  type ApiKeyReader,
  type ApiKeyRepository,
  type HashPlace,
  type KnownPlaceReader,
  type KnownPlaceRepository,
  type MailSecrets,
  type MailTokenReader,
  type MailTokenRepository,
  type PasswordHashers,
  type RefreshTokens,
  type SessionReader,
  type SessionRepository,
  type UserReader,
  type UserRepository,
} from './application/ports.js';
import { forgetRefreshes, purgeKnownPlaces, purgeMailTokens, purgeSessions } from './application/purge.js';
import { resetPassword } from './application/reset-password.js';
import { accountsOffers, accountsQueryOffers } from './public.js';

export interface Repositories {
  readonly users: UserRepository;
  readonly sessions: SessionRepository;
  readonly mailTokens: MailTokenRepository;
  readonly knownPlaces: KnownPlaceRepository;
  readonly apiKeys: ApiKeyRepository;
}

export interface Readers {
  readonly users: UserReader;
  readonly sessions: SessionReader;
  readonly mailTokens: MailTokenReader;
  readonly knownPlaces: KnownPlaceReader;
  readonly apiKeys: ApiKeyReader;
}

/** The settings of the shop that accounts need. */
export interface Settings {
  readonly bcryptCost: number;
  /** Number of processes that share the cores of this machine. */
  readonly workers: number;
  readonly tokenIssuer: string;
  /** Seconds, like the next two. */
  readonly accessTokenTtl: number;
  readonly refreshTokenTtl: number;
  readonly sessionIdleTtl: number;
  readonly mail: { readonly links: LinkTemplates };
}

export interface Parts {
  readonly now: Now;
  readonly newId: NewId;
  readonly logger: Logger;
  readonly mailer: Mailer | null;
  readonly liftLimit: LiftLimit;
  readonly passwords: PasswordHashers;
  readonly accessTokens: AccessTokens;
  readonly refreshTokens: RefreshTokens;
  readonly mailSecrets: MailSecrets;
  readonly hashPlace: HashPlace;
  readonly mailTemplates: MailTemplates;
}

export interface Given extends InTransaction<
  Repositories,
  { readonly audit: AuditOffers },
  Pick<Parts, 'now' | 'hashPlace'>
> {
  /** Of the contexts that keep something of accounts. */
  readonly followers: () => readonly AccountFollower[];
}

export type Running = InProcess<AccountsPorts & CommandPorts, AccountsReaders, Parts>;

const repositories: RepositoryMakers<Repositories> = {
  memory: {
    users: memoryUserRepository,
    sessions: memorySessionRepository,
    mailTokens: memoryMailTokenRepository,
    knownPlaces: memoryKnownPlaceRepository,
    apiKeys: memoryApiKeyRepository,
  },
  sql: {
    users: sequelizeUserRepository,
    sessions: sequelizeSessionRepository,
    mailTokens: sequelizeMailTokenRepository,
    knownPlaces: sequelizeKnownPlaceRepository,
    apiKeys: sequelizeApiKeyRepository,
  },
};

/** People who can log in. */
export const accounts = {
  repositories,
  tables: (sequelize) => {
    const { users, sessions, refreshTokens, mailTokens, knownPlaces, apiKeys } = accountTables(sequelize);
    return [users, sessions, refreshTokens, mailTokens, knownPlaces, apiKeys];
  },
  keyedTables: (sequelize) => [emailKeys(sequelize)],

  parts: {
    passwords: ({ config }: { readonly config: Settings }): PasswordHashers =>
      bcryptPasswordHashers({ cost: config.bcryptCost, processes: config.workers }),
    accessTokens: ({
      config,
      keyRing,
    }: {
      readonly config: Settings;
      readonly keyRing: KeyRing;
    }): AccessTokens =>
      jwtAccessTokens({
        keys: keyRing,
        issuer: config.tokenIssuer,
        audience: 'portico',
        lifetime: config.accessTokenTtl,
      }),
    refreshTokens: ({ config }: { readonly config: Settings }): RefreshTokens =>
      cryptoRefreshTokens({ lifetime: config.refreshTokenTtl, idle: config.sessionIdleTtl }),
    mailSecrets: (): MailSecrets => randomSecrets,
    /** Hashes the networks of users. The keys are asked for with the first network: the command line needs none. */
    hashPlace: (parts: { readonly keyRing: KeyRing }): HashPlace =>
      hmacPlaces(placeSecrets(() => parts.keyRing)),
    mailTemplates: ({ config }: { readonly config: Settings }): MailTemplates =>
      plainMailTemplates(config.mail.links),
    authenticate: ({
      contexts,
      accessTokens,
      logger,
      now,
    }: {
      readonly contexts: { readonly accounts: Pick<Running, 'transact' | 'queries'> };
      readonly accessTokens: AccessTokens;
      readonly logger: Logger;
      readonly now: Now;
    }): Authenticate => {
      const { transact, queries } = contexts.accounts;
      return authentication({ ...queries, transact, accessTokens, logger, now });
    },
  },

  ports: ({ own, uses, platform, parts, followers }: Given): AccountsPorts & CommandPorts => ({
    users: own.users,
    sessions: own.sessions,
    mailTokens: own.mailTokens,
    knownPlaces: own.knownPlaces,
    apiKeys: own.apiKeys,
    hashPlace: parts.hashPlace,
    followers: followers(),
    addressSalts: addressSalts(uses),
    events: platform.events,
    idempotency: platform.idempotency,
    audit: uses.audit.log,
    now: parts.now,
  }),
  offers: accountsOffers,
  elsewhere: accountsElsewhere,
  queries: ({
    own,
    parts: { hashPlace, now },
  }: InQueries<Readers, object, Pick<Parts, 'now' | 'hashPlace'>>): AccountsReaders => ({
    users: own.users,
    sessions: own.sessions,
    mailTokens: own.mailTokens,
    knownPlaces: own.knownPlaces,
    apiKeys: own.apiKeys,
    hashPlace,
    now,
  }),
  offersToQueries: accountsQueryOffers,
  elsewhereToQueries: accountsElsewhereToQueries,

  routes: ({ transact, queries, parts }: Running) =>
    accountRoutes({
      ...queries,
      transact,
      passwords: parts.passwords,
      accessTokens: parts.accessTokens,
      refreshTokens: parts.refreshTokens,
      mailSecrets: parts.mailSecrets,
      apiKeySecrets,
      newId: parts.newId,
      liftLimit: parts.liftLimit,
    }),
  serves: ({ transact, queries, parts }: Running) => [
    authenticationRoute(
      authentication({
        ...queries,
        ...{ transact, accessTokens: parts.accessTokens, logger: parts.logger, now: parts.now },
      }),
    ),
    ...accountOperations({ transact, users: queries.users }),
  ],
  subscribers: ({ transact, parts: { mailSecrets, mailTemplates, mailer, logger } }: Running) => [
    mailSubscriber({ transact, mailSecrets, mailTemplates, mailer, logger }),
  ],
  chores: ({ transact, parts: { now } }: Running) =>
    Object.entries({
      'purge successors of refresh tokens': forgetRefreshes,
      'purge sessions': purgeSessions,
      'purge mail tokens': purgeMailTokens,
      'purge known places': purgeKnownPlaces,
    }).map(([name, purge]) => ({
      name,
      everyMs: PURGE_EVERY_MS,
      run: () => purgeAll(purge({ transact, now })),
    })),
  operations: ({ transact, queries: { users }, parts }: Running) => {
    const deps = { passwords: parts.passwords(OPERATOR_HASHING), newId: parts.newId };
    return {
      findUser: (email: EmailAddress) => users.findByEmail(email.key),
      hasAdministrator: async () =>
        (await users.list({ role: 'admin', disabled: false }, { limit: 1, after: null })).items.length > 0,
      ensureAdministrator: async (...entry: Parameters<ReturnType<typeof ensureAdministrator>>) =>
        transact(await ensureAdministrator(deps)(...entry)),
      createAdministrator: async (...entry: Parameters<ReturnType<typeof createAdministrator>>) =>
        transact(await createAdministrator(deps)(...entry)),
      promote: (id: UserId) => transact(changeUser(OPERATOR, id, { role: 'admin' })),
      resetPassword: async (id: UserId, password: string) =>
        transact(await resetPassword(deps)(id, password)),
    };
  },
  personalData: {
    member: accountMember,
    erase:
      (ports: AccountsPorts) =>
      ({ person }) =>
        closeAccount(ports)(person),
  },
} satisfies ContextModule;

// For src/main, which reads the configuration and finds the keys of access tokens.
export { isCommonPassword } from './adapters/common-passwords.js';
export { remoteAuthentication } from './adapters/services/authentication.js';
export {
  generateSigningKey,
  parseSigningKeys,
  type KeyRing,
  type SigningKeys,
} from './adapters/jwt/signing-keys.js';
export type { MailContent, MailTemplates, LinkTemplates } from './adapters/mail/mail-templates.js';
