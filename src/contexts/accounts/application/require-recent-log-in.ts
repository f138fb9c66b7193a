import type { Actor } from '#src/kernel/actor.js';
import type { Now } from '#src/kernel/clock.js';
import { fail } from '../domain/errors.js';

/** Long enough to read what a page warns of and to confirm it; most stolen access tokens are older. */
const RECENT_MS = 10 * 60 * 1000;

/**
 * Lets a caller pass whose session has proved the password in the last ten minutes: for what destroys an account, gives
 * all of its data away or makes an administrator. Fails with `recent_login_required`.
 */
export const requireRecentLogIn =
  ({ now }: { readonly now: Now }) =>
  ({ authenticatedAt }: Actor): void => {
    if (now().getTime() - authenticatedAt.getTime() >= RECENT_MS) throw fail('recent_login_required');
  };
