import type { Actor } from '../../../kernel/actor.js';
import type { Transact } from '../../../kernel/transact.js';
import { holdUser } from './get-user.js';
import type { AccountsPorts } from './ports.js';

/** Ends all of the user's sessions. A log-in that is under way comes before, and ends too, or after. */
export const logOutEverywhere =
  ({ transact }: { transact: Transact<AccountsPorts> }) =>
  ({ id }: Actor): Promise<void> =>
    transact(async ({ users, sessions, now }) => {
      await holdUser({ users })(id);
      await sessions.endAll(id, now());
    });
