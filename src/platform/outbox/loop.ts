import type { Logger } from 'pino';
import { signal } from './signal.js';

/** Work that repeats until it is stopped. */
export interface Loop {
  start(): void;
  /** Makes the loop look for work now rather than at the next poll. */
  wake(): void;
  /** Starts nothing more, and resolves when the current work has ended. */
  stop(): Promise<void>;
}

export interface LoopWork {
  /** Does the available work; returns whether there may be more at once. */
  step(isStopping: boolean): Promise<boolean>;
  /** Whether no work is in progress. `isAway`: the last step has failed. */
  isIdle(isAway: boolean): boolean;
}

/** The state of a relay's store, shared by its loops, so that an outage is logged once. */
export interface Availability {
  failed(err: unknown): void;
  succeeded(): void;
}

export const availability = (logger: Logger): Availability => {
  let isAway = false;
  return {
    failed: (err) => {
      if (!isAway) logger.warn({ err }, 'the outbox is unreachable; retrying');
      isAway = true;
    },
    succeeded: () => {
      if (isAway) logger.info('the outbox is reachable again');
      isAway = false;
    },
  };
};

/** Returns between half and all of a time, so that processes that collided once do not collide again. */
export const jittered = (ms: number): number => ms * (0.5 + Math.random() / 2);

/** Repeats a step: at once while there is more to do, else when it is woken or after `pollMs`. */
export const loop = (work: LoopWork, pollMs: number, store: Availability): Loop => {
  const awake = signal();
  let isStopping = false;
  let isAway = false;
  let running: Promise<void> | undefined;

  const attempt = async (): Promise<boolean> => {
    try {
      const hasMore = await work.step(isStopping);
      isAway = false;
      store.succeeded();
      return hasMore;
    } catch (err) {
      isAway = true;
      store.failed(err);
      return false;
    }
  };
  const isOver = (): boolean => isStopping && work.isIdle(isAway);
  const run = async (): Promise<void> => {
    while (!isOver()) if (!(await attempt()) && !isOver()) await awake.wait(jittered(pollMs));
  };

  return {
    start: () => {
      running ??= run();
    },
    wake: () => {
      awake.set();
    },
    stop: async () => {
      isStopping = true;
      awake.set();
      await running;
    },
  };
};
