import { performance } from 'node:perf_hooks';
import type { Config } from './config/index.js';

/** Seconds. No load balancer sends requests to a developer's terminal. */
const DEFAULT_DELAY = { onTerminal: 0, elsewhere: 5 };

/** Returns the seconds for which the process goes on serving after the signal to stop. */
export const shutdownDelay = (
  { shutdownDelay: configured }: Pick<Config, 'shutdownDelay'>,
  onTerminal: boolean,
): number => configured ?? (onTerminal ? DEFAULT_DELAY.onTerminal : DEFAULT_DELAY.elsewhere);

export interface Stop {
  /** Called with the first signal: stops gracefully. */
  readonly begin: (signal: NodeJS.Signals) => void;
  /** Called with a further signal: stops at once. */
  readonly insist: (signal: NodeJS.Signals) => void;
  /** Whether the process runs under another one, such as npm, that forwards the signals that it receives. */
  readonly hearsTwice: boolean;
}

/** A terminal and systemd signal both processes: the copy that is forwarded within this time is not a second signal. */
const PASSED_ON_MS = 500;

/** Returns the listener for the signals that stop a process. */
export const stopSignals = (
  { begin, insist, hearsTwice }: Stop,
  clock: () => number = () => performance.now(),
): ((signal: NodeJS.Signals) => void) => {
  let begunAt: number | undefined;
  return (signal) => {
    if (begunAt === undefined) {
      begunAt = clock();
      begin(signal);
    } else if (!hearsTwice || clock() - begunAt >= PASSED_ON_MS) insist(signal);
  };
};
