import type { Actor } from '../../../kernel/actor.js';
import type { Transact } from '../../../kernel/transact.js';
import type { AccountsPorts } from './ports.js';

/** Ends the session that asks: its tokens stop working at once, everywhere. */
export const logOut =
  ({ transact }: { transact: Transact<AccountsPorts> }) =>
  ({ id, sessionId }: Actor): Promise<void> =>
    transact(async ({ sessions, audit, now }) => {
      await sessions.end(sessionId, now());
      await audit.record({ action: 'user.logged_out', subject: id });
    });
