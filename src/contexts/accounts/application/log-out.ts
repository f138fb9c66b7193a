import type { Actor } from '#src/kernel/actor.js';
import type { Work } from '#src/kernel/transact.js';
import type { AccountsPorts } from './ports.js';

/** Ends the session that asks: its tokens stop working at once, everywhere. */
export const logOut =
  ({ id, sessionId }: Actor): Work<AccountsPorts, void> =>
  async ({ sessions, audit, now }) => {
    await sessions.end(sessionId, now());
    await audit.record({ action: 'user.logged_out', subject: id });
  };
