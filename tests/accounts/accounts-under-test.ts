import { productCopies } from '#src/contexts/catalog/adapters/services/product-copies.js';
import { isCommonPassword } from '#src/contexts/accounts/adapters/common-passwords.js';
import { cryptoRefreshTokens } from '#src/contexts/accounts/adapters/crypto/crypto-refresh-tokens.js';
import { authenticate } from '#src/contexts/accounts/application/authenticate.js';
import { changeMe, type AccountChanges } from '#src/contexts/accounts/application/change-me.js';
import { changePassword } from '#src/contexts/accounts/application/change-password.js';
import { changeUser } from '#src/contexts/accounts/application/change-user.js';
import { checkCredentials, type LoginName } from '#src/contexts/accounts/application/check-credentials.js';
import { checkPassword } from '#src/contexts/accounts/application/check-password.js';
import { closeAccount } from '#src/contexts/accounts/application/close-account.js';
import {
  createAdministrator,
  ensureAdministrator,
  type NewAdministrator,
} from '#src/contexts/accounts/application/administrators.js';
import { logIn } from '#src/contexts/accounts/application/log-in.js';
import { logOut, logOutEverywhere } from '#src/contexts/accounts/application/log-out.js';
import type { LoggedIn } from '#src/contexts/accounts/application/open-session.js';
import type { AccessTokens, PasswordHasher } from '#src/contexts/accounts/application/ports.js';
import { refreshSession } from '#src/contexts/accounts/application/refresh-session.js';
import { resetPassword } from '#src/contexts/accounts/application/reset-password.js';
import { signUp, type SignUp } from '#src/contexts/accounts/application/sign-up.js';
import type { User } from '#src/contexts/accounts/domain/user.js';
import type { Actor } from '#src/kernel/actor.js';
import type { EmailAddress } from '#src/kernel/email-address.js';
import { transactThrough } from '#src/kernel/transact.js';
import { bindings } from '#src/main/bindings.js';
import type { Persistence } from '#src/main/persistence/persistence.js';
import { networkOf } from '#src/platform/http/connections/client-address.js';
import { anEmail } from '../support/builders/accounts.js';
import { hashPlace } from '../support/places.js';
import { newId } from '../support/builders/ids.js';
import { USD } from '../support/persistences.js';
import { performing } from '../support/performing.js';

/** A person as tests write them down. */
type Written<T extends { readonly email?: EmailAddress }> = Omit<T, 'email'> & { readonly email: string };

const read = <T extends { readonly email: EmailAddress }>(person: Written<T>): T =>
  ({ ...person, email: anEmail(person.email) }) as unknown as T;

const loginName = (login: string): LoginName =>
  login.includes('@') ? { email: anEmail(login) } : { username: login };

const CLIENT = { device: 'a test', address: '192.0.2.1' };

export const NOW = new Date('2026-05-01T12:00:00.000Z');

/** Hashes that take no time. */
export const quickPasswords: PasswordHasher = {
  hash: (password) => Promise.resolve(`hash of ${password}`),
  verify: (password, hash) => Promise.resolve(hash === `hash of ${password}`),
  isOutdated: () => false,
  isCommon: isCommonPassword,
};

/** Tokens that say openly what they say. */
const openTokens: AccessTokens = {
  lifetime: 3600,
  issue: (holder) => JSON.stringify(holder),
  verify: (token) => JSON.parse(token) as ReturnType<AccessTokens['verify']>,
  publicKeys: () => [],
};

/** The use cases of accounts on a store, with the real customers as neighbours. */
export const accountsOn = (
  { transact: transactAll, outside }: Pick<Persistence, 'transact' | 'outside'>,
  passwords: PasswordHasher = quickPasswords,
  clock: () => Date = () => NOW,
) => {
  const bind = bindings({
    now: clock,
    newId,
    hashPlace,
    config: { currency: USD, requireVerifiedEmail: false },
    webhookSurplus: { isPossible: false },
    eventSenders: [],
    productCopies: productCopies({ now: clock }),
  });
  const transact = transactThrough(transactAll, bind.ports('accounts'));
  const { users, sessions, knownPlaces, now } = bind.queries(outside).accounts;
  const tokens = {
    accessTokens: openTokens,
    refreshTokens: cryptoRefreshTokens({ lifetime: 14 * 86_400, idle: 86_400 }),
  };
  const check = checkPassword({ users, passwords });
  const logInFrom = performing(transact)(
    logIn({
      checkCredentials: checkCredentials({ users, passwords, exhausted: false }),
      passwords,
      newId,
      ...tokens,
    }),
  );
  const signUpFrom = performing(transact)(signUp({ passwords, newId, ...tokens }));
  const changeMeOf = performing(transact)(changeMe({ checkPassword: check, newId }));
  const refreshFrom = performing(transact)(refreshSession({ ...tokens, networkOf }));
  return {
    transact,
    users,
    sessions,
    lastSeen: ({ id }: User) => knownPlaces.lastSeen(hashPlace(id, CLIENT.address)),
    authenticate: authenticate({ sessions, accessTokens: openTokens, now }),
    signUp: (person: Written<SignUp>) => signUpFrom(read<SignUp>(person), CLIENT),
    findByEmail: (email: string) => users.findByEmail(anEmail(email).key),
    logIn: (login: string, password: string): Promise<LoggedIn> =>
      logInFrom(loginName(login), password, CLIENT),
    logOut: performing(transact)(logOut),
    logOutEverywhere: performing(transact)(logOutEverywhere),
    refresh: (token: string) => refreshFrom(token, CLIENT),
    changeMe: (
      actor: Actor,
      { email, ...changes }: Omit<AccountChanges, 'email'> & { readonly email?: string },
    ) => changeMeOf(actor, { ...changes, ...(email !== undefined && { email: anEmail(email) }) }),
    changePassword: performing(transact)(changePassword({ checkPassword: check, passwords })),
    changeUser: performing(transact)(changeUser),
    closeAccount: (id: Parameters<ReturnType<typeof closeAccount>>[0]) =>
      transact((ports) => closeAccount(ports)(id)),
    createAdministrator: (person: Written<NewAdministrator>) =>
      performing(transact)(createAdministrator({ passwords, newId }))(read<NewAdministrator>(person)),
    ensureAdministrator: (person: Written<NewAdministrator>) =>
      performing(transact)(ensureAdministrator({ passwords, newId }))(read<NewAdministrator>(person)),
    resetPassword: performing(transact)(resetPassword({ passwords })),
  };
};

export type Accounts = ReturnType<typeof accountsOn>;
