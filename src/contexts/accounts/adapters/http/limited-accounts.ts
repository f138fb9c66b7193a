import type { Actor } from '#src/kernel/actor.js';
import type { ClientView, LimitedAccount } from '#src/platform/http/routes/route.js';
import { findByLogin, type LoginName } from '../../application/check-credentials.js';
import { isKnownPlace } from '../../application/queries.js';
import type { AccountsReaders } from '../../application/ports.js';
import type { User } from '../../domain/user.js';

export type LimitedAccountsDeps = Pick<AccountsReaders, 'users' | 'knownPlaces' | 'hashPlace' | 'now'>;

/** The name by which a log-in is tried, the same for each of its spellings. */
const nameOf = (login: LoginName): string =>
  'email' in login ? login.email.key : login.username.toLowerCase();

const identityOf = ({ id }: Pick<User, 'id'>): string => `user:${id}`;

/** All names by which limits of log-ins know a user. */
export const namesOf = (user: User): { readonly names: readonly string[]; readonly identity: string } => ({
  names: [user.emailKey, ...(user.username === null ? [] : [user.username])],
  identity: identityOf(user),
});

/** Returns the account at which a log-in is tried, after the same work whether there is one or not. */
export const accountOfLogin =
  (deps: LimitedAccountsDeps) =>
  async (login: LoginName, address: string): Promise<LimitedAccount> => {
    const user = await findByLogin(deps.users, login);
    const name = nameOf(login);
    return {
      name,
      identity: user === null ? `name:${name}` : identityOf(user),
      known: await isKnownPlace(deps)(user?.id ?? null, address),
    };
  };

interface Caller {
  readonly actor: Actor;
  readonly client: ClientView;
}

/** Returns the account of the user who is signed in. */
export const accountOfActor =
  (deps: LimitedAccountsDeps) =>
  async ({ actor, client }: Caller): Promise<LimitedAccount> => ({
    name: actor.id,
    known: await isKnownPlace(deps)(actor.id, client.address),
  });
