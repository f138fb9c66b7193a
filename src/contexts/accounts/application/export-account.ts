import type { UserId } from '../../../kernel/ids.js';
import type { Session } from '../domain/session.js';
import type { User } from '../domain/user.js';
import { getUser } from './get-user.js';
import type { AccountsPorts } from './ports.js';

export interface AccountExport {
  readonly user: User;
  readonly sessions: readonly Session[];
}

/** Step: what accounts hold on a person. */
export const exportAccount =
  ({ users, sessions }: Pick<AccountsPorts, 'users' | 'sessions'>) =>
  async (id: UserId): Promise<AccountExport> => ({
    user: await getUser({ users })(id),
    sessions: await sessions.listOf(id),
  });
