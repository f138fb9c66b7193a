import type { Actor } from '#src/kernel/actor.js';
import type { Work } from '#src/kernel/transact.js';
import type { AccountsPorts } from './ports.js';

/** Ends all of the user's sessions. A log-in at the same moment counts as one that comes after. */
export const logOutEverywhere =
  ({ id }: Actor): Work<AccountsPorts, void> =>
  async ({ sessions, audit, now }) => {
    await sessions.endAll(id, now());
    await audit.record({ action: 'user.logged_out_everywhere', subject: id });
  };
