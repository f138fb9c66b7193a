/** Limits of a fair queue. */
export interface FairQueueOptions {
  /** Maximum number of jobs that run at once. */
  readonly concurrent: number;
  /** Maximum number of jobs that wait. */
  readonly waiting: number;
  /** Maximum number of jobs of one caller that wait. */
  readonly waitingEach: number;
  /** Makes the error for a job that gets no place in the queue, or loses its place to another caller's job. */
  readonly full: () => Error;
}

/** Runs a job when its caller's turn comes. */
export type FairQueue = <T>(caller: string, job: () => Promise<T>) => Promise<T>;

interface Waiter {
  readonly start: () => void;
  readonly refuse: () => void;
}

/**
 * Makes a queue in which no caller can crowd out another one. The next job is that of the waiting caller with the fewest
 * jobs running; among equals, of the caller who was served the longest ago. When the queue is full, a new job takes the
 * place of the last job in the longest line, unless its own caller's line would become as long.
 */
export const fairQueue = ({ concurrent, waiting, waitingEach, full }: FairQueueOptions): FairQueue => {
  /** The waiting jobs by caller; the caller who was served the longest ago comes first. No line is empty. */
  const lines = new Map<string, Waiter[]>();
  const running = new Map<string, number>();
  let [runningInAll, waitingInAll] = [0, 0];

  const runningOf = (caller: string): number => running.get(caller) ?? 0;

  const begin = (caller: string): void => {
    running.set(caller, runningOf(caller) + 1);
    runningInAll += 1;
  };

  const end = (caller: string): void => {
    const left = runningOf(caller) - 1;
    if (left === 0) running.delete(caller);
    else running.set(caller, left);
    runningInAll -= 1;
  };

  /** Returns the first of the lines that no other line surpasses. */
  const best = (surpasses: (one: [string, Waiter[]], other: [string, Waiter[]]) => boolean) => {
    let found: [string, Waiter[]] | undefined;
    for (const line of lines) if (found === undefined || surpasses(line, found)) found = line;
    return found;
  };

  const startNext = (): void => {
    const next = best(([one], [other]) => runningOf(one) < runningOf(other));
    if (next === undefined) return;
    const [caller, line] = next;
    const waiter = line.shift();
    lines.delete(caller);
    if (line.length > 0) lines.set(caller, line);
    waitingInAll -= 1;
    waiter?.start();
  };

  /** Makes room for one more job in a line of this length; returns false if there is none. */
  const makeRoom = (length: number): boolean => {
    if (length >= waitingEach) return false;
    if (waitingInAll < waiting) return true;
    const [, longest = []] = best(([, one], [, other]) => one.length > other.length) ?? [];
    if (longest.length <= length + 1) return false;
    longest.pop()?.refuse();
    waitingInAll -= 1;
    return true;
  };

  const turn = async (caller: string): Promise<void> => {
    if (runningInAll < concurrent) {
      begin(caller);
      return;
    }
    const line = lines.get(caller) ?? [];
    if (!makeRoom(line.length)) throw full();
    await new Promise<void>((resolve, reject) => {
      line.push({
        // The place passes from job to job, so that no job that arrives in between takes it.
        start: () => {
          begin(caller);
          resolve();
        },
        refuse: () => {
          reject(full());
        },
      });
      lines.set(caller, line);
      waitingInAll += 1;
    });
  };

  return async (caller, job) => {
    await turn(caller);
    try {
      return await job();
    } finally {
      end(caller);
      startNext();
    }
  };
};
