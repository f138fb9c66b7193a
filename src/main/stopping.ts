import { performance } from 'node:perf_hooks';
import type { Config } from './config.js';

/** What a terminal does not need: nobody balances requests to it. */
const UNSAID = { onTerminal: 0, elsewhere: 5 };

/** Returns the seconds for which the process goes on serving after it was told to stop. */
export const shutdownDelay = (
  { shutdownDelay: said }: Pick<Config, 'shutdownDelay'>,
  onTerminal: boolean,
): number => said ?? (onTerminal ? UNSAID.onTerminal : UNSAID.elsewhere);

/**
 * Returns how long a connection without a request stays open then. Clients that had no time to hear that the process ends
 * may be about to use it; a process that ends at once should end at once.
 */
export const lingering = (delaySeconds: number): number => (delaySeconds > 0 ? 1000 : 100);

export interface Stop {
  /** Stops in good order. */
  readonly begin: (signal: NodeJS.Signals) => void;
  /** Stops at once: the signal has come a second time. */
  readonly insist: (signal: NodeJS.Signals) => void;
  /** Whether the process runs under npm, which passes on the signals that it gets. */
  readonly underNpm: boolean;
}

/** A terminal, and systemd, send a signal to npm and to the process: what npm passes on so soon is no second request. */
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
