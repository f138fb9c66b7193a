import type { Logger } from 'pino';

export interface WorkerEnd {
  readonly code: number | null;
  readonly signal: string | null;
}

/** A process that serves. */
export interface Worker<Message = string> {
  readonly pid: number;
  /** Resolves with its message for the operator when it serves; never if it ends before. */
  readonly serving: Promise<Message>;
  readonly ended: Promise<WorkerEnd>;
  /** Makes it finish its requests and end, since another one has taken its place. */
  retire(): void;
  kill(signal: NodeJS.Signals): void;
}

export interface SupervisorOptions<Message = string> {
  readonly count: number;
  readonly fork: () => Worker<Message>;
  /** Tells the operator that the shop is open. */
  readonly announce: (message: Message) => void;
  readonly logger: Logger;
  /** Calls back after so many milliseconds. */
  readonly after: (ms: number, call: () => void) => void;
  /** Returns the milliseconds of a monotonic clock. */
  readonly clock: () => number;
  /** Ends this process when no worker is left. */
  readonly exit: (code: number) => void;
}

export interface Supervisor {
  /** Replaces one worker after the other; each new one serves before the old one leaves. */
  readonly reload: () => void;
  /** Passes a signal on, and exits when all workers have ended. */
  readonly stop: (signal: NodeJS.Signals) => void;
}

/** A process that ends before has failed to start, or fails again and again. */
export const SOUND_AFTER_MS = 10_000;
const LONGEST_PAUSE_MS = 30_000;

/** Returns the milliseconds before the next process starts, after so many that ended early in a row. */
export const pauseAfter = (early: number): number =>
  early === 0 ? 0 : Math.min(LONGEST_PAUSE_MS, 500 * 2 ** (early - 1));

/**
 * Keeps so many workers running. The first one starts alone: it migrates the schema, and if it can't start, no other one can, and
 * its exit code becomes that of the process.
 */
export const supervise = <Message = string>(options: SupervisorOptions<Message>): Supervisor => {
  const { count, fork, announce, logger, after, clock, exit } = options;
  const running = new Set<Worker<Message>>();
  const retired = new Set<Worker<Message>>();
  let isOpen = false;
  let isStopping = false;
  let isReloading = false;
  let reloadAgain = false;
  let earlyEnds = 0;
  let exitCode = 0;
  let passedOn: NodeJS.Signals | undefined;

  const start = (): Worker<Message> => {
    const worker = fork();
    const startedAt = clock();
    running.add(worker);
    logger.info({ worker: worker.pid }, 'worker started');
    void worker.ended.then(({ code, signal }) => {
      running.delete(worker);
      const wasRetired = retired.delete(worker);
      const line = { worker: worker.pid, code, signal };
      if (wasRetired || isStopping) logger.info(line, 'worker stopped');
      else logger.error(line, 'worker died');
      if (!isOpen && !isStopping) {
        exit(code ?? 1);
        return;
      }
      // A worker that has just been started does not handle the signal yet, and has nothing to finish.
      const isClean = code === 0 || (signal !== null && signal === passedOn);
      if (isStopping && !isClean) exitCode = 1;
      if (isStopping && running.size === 0) exit(exitCode);
      if (isStopping || wasRetired) return;
      earlyEnds = clock() - startedAt < SOUND_AFTER_MS ? earlyEnds + 1 : 0;
      after(pauseAfter(earlyEnds), fill);
    });
    return worker;
  };

  const fill = (): void => {
    if (isStopping || isReloading) return;
    while (running.size - retired.size < count) start();
  };

  /** Returns whether a new worker serves in the place of this one. */
  const replace = async (worker: Worker<Message>): Promise<boolean> => {
    const successor = start();
    const serves = await Promise.race([
      successor.serving.then(() => true),
      successor.ended.then(() => false),
    ]);
    if (!serves || isStopping) return false;
    if (!running.has(worker)) return true; // it has died meanwhile
    retired.add(worker);
    worker.retire();
    await worker.ended;
    return true;
  };

  const reload = async (): Promise<void> => {
    isReloading = true;
    logger.info({ workers: count }, 'replacing the workers');
    let all = true;
    for (const worker of [...running]) {
      all = await replace(worker);
      if (!all) break;
    }
    isReloading = false;
    if (isStopping) return;
    if (all) logger.info('all workers are replaced');
    else logger.error('a new worker could not start: the others stay as they are');
    fill();
    if (!reloadAgain) return;
    reloadAgain = false;
    await reload();
  };

  void start().serving.then((message) => {
    isOpen = true;
    announce(message);
    fill();
  });

  return {
    reload: () => {
      if (isStopping || !isOpen) return;
      if (isReloading) reloadAgain = true;
      else void reload();
    },
    stop: (signal) => {
      isStopping = true;
      passedOn = signal;
      if (running.size === 0) exit(exitCode);
      for (const worker of running) worker.kill(signal);
    },
  };
};
