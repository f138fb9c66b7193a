import { userCreated } from '../domain/events.js';
import { User, type NewUser } from '../domain/user.js';
import type { AccountsPorts } from './ports.js';

/** Step: creates an account, and what other contexts keep of it. Fails with `email_taken` or `username_taken`. */
export const openAccount =
  ({
    users,
    followers,
    addressSalts,
    events,
    now,
  }: Pick<AccountsPorts, 'users' | 'followers' | 'addressSalts' | 'events' | 'now'>) =>
  async (newUser: NewUser): Promise<User> => {
    const user = User.create(newUser, now());
    await users.add(user);
    await events.append(userCreated(user));
    for (const follower of followers) await follower.opened(user);
    await addressSalts.create(user.id);
    return user;
  };
