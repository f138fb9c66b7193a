import type CircuitBreaker from 'opossum';
import type { Logger } from 'pino';
import { onDemand } from '#src/platform/lazily.js';
import { isAway, type ConnectionError } from './connection-errors.js';
import { failService } from './errors.js';

export const CIRCUIT_STATES = ['closed', 'open', 'half_open'] as const;
export type CircuitState = (typeof CIRCUIT_STATES)[number];

/** What is measured of a circuit. */
export interface CircuitReading {
  /** The name of the service. */
  readonly service: string;
  readonly state: () => CircuitState;
  /** Returns the number of attempts that were refused because the circuit was open. */
  readonly refused: () => number;
}

/** Stops attempts to reach a service that does not respond, so that they need not wait for it. */
export interface Circuit extends CircuitReading {
  /**
   * Makes an attempt, which ends when the service has responded. While the circuit is open it makes none and fails with
   * `service_unavailable` at once; after a pause one attempt is the probe, and its response closes the circuit.
   */
  through<Result>(attempt: () => Promise<Result>): Promise<Result>;
  /** Ends its timers. */
  stop(): void;
}

export interface CircuitOptions {
  readonly service: string;
  readonly logger: Logger;
  /** The circuit opens when so many attempts have ended within the window, and more than half of them failed. */
  readonly minAttempts?: number;
  readonly windowMs?: number;
  /** How long an open circuit makes no attempt. */
  readonly pauseMs?: number;
}

// A shop of one process has no use for it.
const opossum = onDemand<typeof CircuitBreaker>('opossum');

type Attempt = () => Promise<unknown>;

export const serviceCircuit = ({
  service,
  logger,
  minAttempts = 5,
  windowMs = 10_000,
  pauseMs = 5000,
}: CircuitOptions): Circuit => {
  const Breaker = opossum();
  let isTold = false;
  let refused = 0;

  const newBreaker = (): CircuitBreaker<[Attempt]> => {
    const made = new Breaker((attempt: Attempt) => attempt(), {
      name: service,
      timeout: false, // attempts have their own
      volumeThreshold: minAttempts,
      errorThresholdPercentage: 50,
      rollingCountTimeout: windowMs,
      resetTimeout: pauseMs,
      rollingPercentilesEnabled: false,
      enableSnapshots: false,
    });
    let last: unknown;
    made.on('failure', (error) => {
      last = error;
    });
    made.on('open', () => {
      if (!isTold) logger.warn({ neighbour: service, err: last }, 'a service does not respond');
      isTold = true; // a probe that fails opens the circuit again
    });
    made.on('close', () => {
      logger.info({ neighbour: service }, 'a service responds again');
      isTold = false;
      // The failures that opened the circuit would still be in the window, and the next one would open it again.
      made.shutdown();
      breaker = newBreaker();
    });
    return made;
  };
  let breaker = newBreaker();

  /** Tells the breaker of an attempt that has ended: it would otherwise not find one that took longer than the window. */
  const tell = (ended: Promise<unknown>): void => {
    if (breaker.closed) void breaker.fire(() => ended).catch(() => undefined);
  };

  return {
    service,
    state: () => (breaker.closed ? 'closed' : breaker.halfOpen ? 'half_open' : 'open'),
    refused: () => refused,
    through: async <Result>(attempt: () => Promise<Result>): Promise<Result> => {
      // Its `fire` returns what the attempt returns.
      if (breaker.halfOpen && breaker.pendingClose) return breaker.fire(attempt) as Promise<Result>;
      if (!breaker.closed) {
        refused += 1;
        throw failService('service_unavailable');
      }
      const ended = attempt();
      try {
        const result = await ended;
        tell(ended);
        return result;
      } catch (error) {
        if (isAway(error as ConnectionError)) tell(ended);
        throw error;
      }
    },
    stop: () => {
      breaker.shutdown();
    },
  };
};
