import type { Logger } from 'pino';

/** Periodic work of a process. */
export interface Chore {
  /** The name of the chore in the log: `purge sessions`. */
  readonly name: string;
  /** The pause between the end of one run and the next. */
  readonly everyMs: number;
  /** Ends early when `isStopping` says that the shop closes. */
  readonly run: (isStopping: () => boolean) => Promise<void>;
}

export interface RunningChores {
  /** Starts nothing more and resolves when the work under way has ended. */
  stop(): Promise<void>;
}

/** The pause between two purges. */
export const PURGE_EVERY_MS = 10 * 60 * 1000;
/** Maximum number of rows of one purge: no transaction locks many rows, or the one writer of SQLite, for long. */
export const PURGE_BATCH = 500;

/** Calls `purge`, which returns the number of removed rows, until there are none left to remove. */
export const purgeAll = async (purge: (limit: number) => Promise<number>): Promise<void> => {
  while ((await purge(PURGE_BATCH)) > 0);
};

/** Runs chores one after the other, and again after each pause, never twice at the same time. */
const repeat = (run: (isStopping: () => boolean) => Promise<void>, pauseMs: number): RunningChores => {
  let timer: NodeJS.Timeout | undefined;
  let isStopping = false;
  const turn = async (): Promise<void> => {
    await run(() => isStopping);
    if (isStopping) return;
    timer = setTimeout(() => {
      underWay = turn();
    }, pauseMs);
    timer.unref();
  };
  let underWay = turn();
  return {
    stop: () => {
      isStopping = true;
      clearTimeout(timer);
      return underWay;
    },
  };
};

/** Runs chores now and after each pause, those with the same pause one after the other. A failure is logged, and the next run tries again. */
export const startChores = (chores: readonly Chore[], logger: Logger): RunningChores => {
  const pauses = [...new Set(chores.map(({ everyMs }) => everyMs))];
  const running = pauses.map((pauseMs) =>
    repeat(async (isStopping) => {
      for (const { name, everyMs, run } of chores)
        if (everyMs === pauseMs)
          try {
            await run(isStopping);
          } catch (err) {
            logger.warn({ err }, `could not ${name}`); // one that throws at once as well
          }
    }, pauseMs),
  );
  return {
    stop: async () => {
      await Promise.all(running.map((chore) => chore.stop()));
    },
  };
};
