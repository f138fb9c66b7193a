import type { Actor } from '#src/kernel/actor.js';
import type { SessionId } from '#src/kernel/ids.js';
import type { Work } from '#src/kernel/transact.js';
import { fail } from '../domain/errors.js';
import { Session } from '../domain/session.js';
import type { AccountsPorts } from './ports.js';

/** Ends the session that asks: its tokens stop working at once, everywhere. */
export const logOut =
  ({ id, sessionId }: Actor): Work<AccountsPorts, void> =>
  async ({ sessions, audit, now }) => {
    await sessions.end(sessionId, now());
    await audit.record({ action: 'user.logged_out', subject: id });
  };

/** Ends all of the user's sessions. A log-in at the same moment counts as one that comes after. */
export const logOutEverywhere =
  ({ id }: Actor): Work<AccountsPorts, void> =>
  async ({ sessions, audit, now }) => {
    await sessions.endAll(id, now());
    await audit.record({ action: 'user.logged_out_everywhere', subject: id });
  };

/** Ends one of the user's sessions. Fails with `session_not_found`, also for a session of another user. */
export const endSession =
  (actor: Actor, id: SessionId): Work<AccountsPorts, void> =>
  async ({ sessions, audit, now }) => {
    const at = now();
    const session = await sessions.find(id);
    if (session?.userId !== actor.id || !Session.isLive(session, at)) throw fail('session_not_found');
    await sessions.end(id, at);
    await audit.record({ action: 'session.ended', subject: id });
  };
