import type { UserId } from '#src/kernel/ids.js';
import { Session } from '../domain/session.js';
import type { User } from '../domain/user.js';
import { getUser } from './get-user.js';
import type { AccountsPorts } from './ports.js';

export interface AccountExport {
  readonly user: User;
  readonly sessions: readonly Session[];
}

/** Step: what accounts hold on a person, with sessions as they are shown. */
export const exportAccount =
  ({ users, sessions, now }: Pick<AccountsPorts, 'users' | 'sessions' | 'now'>) =>
  async (id: UserId): Promise<AccountExport> => {
    const at = now();
    const user = await getUser({ users })(id);
    return { user, sessions: (await sessions.listOf(id)).map((session) => Session.show(session, at)) };
  };
