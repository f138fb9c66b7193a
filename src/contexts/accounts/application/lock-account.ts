import type { UserId } from '#src/kernel/ids.js';
import type { AccountsPorts } from './ports.js';

/** What other contexts decide by. */
export interface AccountState {
  readonly disabled: boolean;
  /** Whether the user has shown that the e-mail address is theirs. */
  readonly emailVerified: boolean;
}

/** Step: locks an account until the transaction ends and returns its state; null when there is no such account. */
export const lockAccount =
  ({ users }: Pick<AccountsPorts, 'users'>) =>
  async (id: UserId): Promise<AccountState | null> => {
    const user = await users.lock(id);
    return user && { disabled: user.disabled, emailVerified: user.emailVerifiedAt !== null };
  };
