import { performance } from 'node:perf_hooks';
import type { Config } from './config/index.js';

/** Seconds. No balancer sends requests to the terminal of a developer. */
const DEFAULT_DELAY = { onTerminal: 0, elsewhere: 5 };

/** Returns the seconds for which the process goes on serving after it was told to stop. */
export const shutdownDelay = (
  { shutdownDelay: configured }: Pick<Config, 'shutdownDelay'>,
  onTerminal: boolean,
): number => configured ?? (onTerminal ? DEFAULT_DELAY.onTerminal : DEFAULT_DELAY.elsewhere);

export interface Stop {
  /** Called with the first signal: stops in good order. */
  readonly begin: (signal: NodeJS.Signals) => void;
  /** Called with a further signal: stops at once. */
  readonly insist: (signal: NodeJS.Signals) => void;
  /** Whether the process runs under npm, which passes on the signals that it receives. */
  readonly underNpm: boolean;
}

/** A terminal, and systemd, signal npm and the process alike: the copy that npm passes on so soon is not a second signal. */
const PASSED_ON_MS = 500;

/** Returns the listener of the signals that tell a process to stop. */
export const stopSignals = (
  { begin, insist, underNpm }: Stop,
  clock: () => number = () => performance.now(),
): ((signal: NodeJS.Signals) => void) => {
  let begunAt: number | undefined;
  return (signal) => {
    if (begunAt === undefined) {
      begunAt = clock();
      begin(signal);
    } else if (!underNpm || clock() - begunAt >= PASSED_ON_MS) insist(signal);
  };
};
