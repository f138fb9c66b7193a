import type { Actor } from '../../../kernel/actor.js';
import type { Transact } from '../../../kernel/transact.js';
import type { AccountsPorts } from './ports.js';

/** Ends the session that asks: its tokens stop working at once, everywhere. */
export const logOut =
  ({ transact }: { transact: Transact<AccountsPorts> }) =>
  ({ sessionId }: Actor): Promise<void> =>
    transact(({ sessions, now }) => sessions.end(sessionId, now()));
