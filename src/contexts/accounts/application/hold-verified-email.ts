import type { UserId } from '../../../kernel/ids.js';
import type { AccountsPorts } from './ports.js';

/** Step: whether somebody has shown that a user's address is theirs, kept as it is until the transaction ends. */
export const holdVerifiedEmail =
  ({ users }: Pick<AccountsPorts, 'users'>) =>
  async (id: UserId): Promise<'verified' | 'unverified' | 'gone'> => {
    const user = await users.lock(id);
    if (user === null) return 'gone';
    return user.emailVerifiedAt === null ? 'unverified' : 'verified';
  };
