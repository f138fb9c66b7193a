import type { Actor } from '../../../kernel/actor.js';
import type { Transact } from '../../../kernel/transact.js';
import type { AccountsPorts } from './ports.js';

/** Ends all of the user's sessions. A log-in at the same moment counts as one that comes after. */
export const logOutEverywhere =
  ({ transact }: { transact: Transact<AccountsPorts> }) =>
  ({ id }: Actor): Promise<void> =>
    transact(({ sessions, now }) => sessions.endAll(id, now()));
