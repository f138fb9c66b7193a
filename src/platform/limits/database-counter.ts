import type { Now } from '#src/kernel/clock.js';
import type { Transact } from '#src/kernel/transact.js';
import type { RateCounter } from './rate-counter.js';
import type { WithRateCounts } from './rate-counts.js';

export interface DatabaseCounterOptions {
  readonly transact: Transact<WithRateCounts>;
  readonly now: Now;
}

/** Counts in the database, for all processes that share it. Rejects while the database is unavailable. */
export const databaseCounter = ({ transact, now }: DatabaseCounterOptions): RateCounter => ({
  add: async ({ seconds }, caller, added) => {
    const at = now();
    const fresh = new Date(at.getTime() + seconds * 1000);
    const { points, endsAt } = await transact((ports) => ports.rateCounts.add(caller, added, at, fresh));
    return { used: points, resetMs: endsAt.getTime() - at.getTime() };
  },
  clear: (_quota, caller) => transact((ports) => ports.rateCounts.remove(caller)),
  open: () => Promise.resolve(),
  close: () => Promise.resolve(),
});
