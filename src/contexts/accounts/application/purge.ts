import type { Now } from '#src/kernel/clock.js';
import type { Transact } from '#src/kernel/transact.js';
import { KnownPlace } from '../domain/known-place.js';
import { REFRESH_GRACE_MS } from '../domain/session.js';
import type { AccountsPorts } from './ports.js';

// What the shop removes by itself: rows that can matter no more. Each call removes at most `limit` rows in one transaction
// and returns how many; 0 says that none is left.

interface Deps {
  readonly transact: Transact<Pick<AccountsPorts, 'sessions' | 'mailTokens' | 'knownPlaces'>>;
  readonly now: Now;
}

type Purge = (deps: Deps) => (limit: number) => Promise<number>;

/** For so long an expired row stays: processes need not agree on what time it is. */
const KEPT_FOR_MS = 24 * 60 * 60 * 1000;

/** A refresh is shown some time after its grace period; until then a session keeps what was shown before. */
const REFRESH_KEPT_FOR_MS = 2 * REFRESH_GRACE_MS;

const ago = (now: Now, ms: number): Date => new Date(now().getTime() - ms);

/** Forgets what sessions keep of a refresh whose grace period is over. */
export const forgetRefreshes: Purge =
  ({ transact, now }) =>
  (limit) =>
    transact(({ sessions }) => sessions.forgetRefreshes(ago(now, REFRESH_KEPT_FOR_MS), limit));

/** Removes sessions that are over, with their tokens: one that is absent is refused alike. */
export const purgeSessions: Purge =
  ({ transact, now }) =>
  (limit) =>
    transact(({ sessions }) => sessions.purge(ago(now, KEPT_FOR_MS), limit));

/** Removes tokens of mails that have expired unused. */
export const purgeMailTokens: Purge =
  ({ transact, now }) =>
  (limit) =>
    transact(({ mailTokens }) => mailTokens.purge(ago(now, KEPT_FOR_MS), limit));

/** Removes places from which their users have not come for so long that they are known no more. */
export const purgeKnownPlaces: Purge =
  ({ transact, now }) =>
  (limit) =>
    transact(({ knownPlaces }) => knownPlaces.purge(KnownPlace.forgottenBefore(now()), limit));
