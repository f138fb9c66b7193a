import { requireOwn, type Actor, type Manager } from '#src/kernel/actor.js';
import type { Now } from '#src/kernel/clock.js';
import type { UserId } from '#src/kernel/ids.js';
import type { Page, PageRequest } from '#src/kernel/page.js';
import { KnownPlace } from '../domain/known-place.js';
import { Session } from '../domain/session.js';
import type { User } from '../domain/user.js';
import { existingUser } from './existing-user.js';
import type { UserFilter, UserReader, SessionReader, AccountsReaders, AccountsPorts } from './ports.js';

/** Fails with `forbidden` or `user_not_found`. */
export const getUser =
  ({ users }: { users: UserReader }) =>
  async (by: Actor, id: UserId): Promise<User> => {
    requireOwn(by, id);
    return existingUser({ users })(id);
  };

export const listUsers =
  ({ users }: { users: UserReader }) =>
  (_by: Manager, filter: UserFilter, page: PageRequest): Promise<Page<User>> =>
    users.list(filter, page);

/** The user's sessions that have neither ended nor expired, as they are shown. */
export const listSessions =
  ({ sessions, now }: { sessions: SessionReader; now: Now }) =>
  async ({ id }: Actor, page: PageRequest): Promise<Page<Session>> => {
    const at = now();
    const { items, next } = await sessions.listLive(id, at, page);
    return { items: items.map((session) => Session.show(session, at)), next };
  };

/** Returns whether a user has proved who they are from that network lately. No user takes the same work and is known nowhere. */
export const isKnownPlace =
  ({ knownPlaces, hashPlace, now }: Pick<AccountsReaders, 'knownPlaces' | 'hashPlace' | 'now'>) =>
  async (userId: UserId | null, address: string): Promise<boolean> =>
    KnownPlace.isKnown(await knownPlaces.lastSeen(hashPlace(userId, address)), now());

export interface AccountExport {
  readonly user: User;
  readonly sessions: readonly Session[];
}

/** Step: returns the account's data of a person, with sessions as they are shown. */
export const exportAccount =
  ({ users, sessions, now }: Pick<AccountsPorts, 'users' | 'sessions' | 'now'>) =>
  async (id: UserId): Promise<AccountExport> => {
    const at = now();
    const user = await existingUser({ users })(id);
    return { user, sessions: (await sessions.listOf(id)).map((session) => Session.show(session, at)) };
  };
