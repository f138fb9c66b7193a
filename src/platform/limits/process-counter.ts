import type { Quota, RateCounter } from './rate-counter.js';

interface Window {
  used: number;
  /** By the clock of the counter. */
  readonly endsAt: number;
}

const SWEEP_MS = 60_000;

/**
 * Counts in this process, and returns at once: a promise for each count, and a timer for each caller, would cost more than the
 * count. `clock` returns the milliseconds of a monotonic clock.
 */
export const processCounter = (clock: () => number = () => performance.now()): RateCounter => {
  const windowsOf = new Map<string, Map<string, Window>>();
  let sweepAt = clock() + SWEEP_MS;

  const sweep = (now: number): void => {
    sweepAt = now + SWEEP_MS;
    for (const windows of windowsOf.values())
      for (const [caller, { endsAt }] of windows) if (endsAt <= now) windows.delete(caller);
  };
  const windowOf = ({ name, seconds }: Quota, caller: string, now: number): Window => {
    const windows = windowsOf.get(name) ?? new Map<string, Window>();
    windowsOf.set(name, windows);
    const running = windows.get(caller);
    if (running !== undefined && running.endsAt > now) return running;
    const fresh = { used: 0, endsAt: now + seconds * 1000 };
    windows.set(caller, fresh);
    return fresh;
  };
  return {
    add: (quota, caller, points) => {
      const now = Math.floor(clock()); // with a fraction, the end of a window minus its beginning may exceed its length
      if (now >= sweepAt) sweep(now);
      const window = windowOf(quota, caller, now);
      window.used += points;
      return { used: window.used, resetMs: window.endsAt - now };
    },
    clear: ({ name }, caller) => {
      windowsOf.get(name)?.delete(caller);
      return Promise.resolve();
    },
    open: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
};
