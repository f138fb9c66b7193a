import { User, type NewUser } from '../domain/user.js';
import type { AccountsPorts } from './ports.js';

/** Step: makes an account and the profile that comes with it. Fails with `email_taken` or `username_taken`. */
export const openAccount =
  ({ users, profiles, traces, now }: Pick<AccountsPorts, 'users' | 'profiles' | 'traces' | 'now'>) =>
  async (newUser: NewUser): Promise<User> => {
    const user = User.create(newUser, now());
    await users.add(user);
    await profiles.open(user);
    await traces.begin(user.id);
    return user;
  };
