import type { Logger } from 'pino';

/**
 * The shop accepts requests while `serving`, and while `leaving`: not every client knows yet that the process is about to stop.
 */
export type Phase = 'starting' | 'serving' | 'leaving' | 'draining';

export interface Health {
  phase(): Phase;
  /** Starts accepting requests. */
  start(): void;
  /** Reports not ready, so that balancers send their requests elsewhere, and goes on accepting requests. */
  leave(): void;
  /** Reports not ready, and accepts no new requests. */
  drain(): void;
  /** Returns whether a new request would find everything that it needs. */
  ready(): Promise<boolean>;
}

export interface HealthOptions {
  /**
   * Rejects if a dependency of requests is unavailable: the database, its schema. Returns a remark for the operator although the
   * shop serves, or null.
   */
  readonly check: () => Promise<string | null>;
  readonly logger: Logger;
  /** How long a check may take before it counts as failed; 2000 by default. */
  readonly timeoutMs?: number;
}

const within = async <T>(work: Promise<T>, timeoutMs: number): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no response within ${String(timeoutMs)} ms`));
    }, timeoutMs);
  });
  return Promise.race([work, late]).finally(() => {
    clearTimeout(timer);
  });
};

export const createHealth = ({ check, logger, timeoutMs = 2000 }: HealthOptions): Health => {
  let phase: Phase = 'starting';
  let running: Promise<string | null> | undefined;
  let remarked: string | null = null;
  // Probes that arrive during a check share it; otherwise they would pile up on an overloaded database.
  const shared = (): Promise<string | null> =>
    (running ??= check().finally(() => {
      running = undefined;
    }));
  return {
    phase: () => phase,
    start: () => {
      if (phase === 'starting') phase = 'serving';
    },
    leave: () => {
      if (phase === 'serving') phase = 'leaving';
      if (phase === 'starting') phase = 'draining'; // no client has been served that would send further requests
    },
    drain: () => {
      phase = 'draining';
    },
    ready: async () => {
      if (phase !== 'serving') return false;
      try {
        const remark = await within(shared(), timeoutMs);
        if (remark !== null && remark !== remarked) logger.warn(remark);
        remarked = remark;
        return true;
      } catch (err) {
        running = undefined; // a check that never ends must not prevent the next one
        logger.warn({ err }, 'not ready');
        return false;
      }
    },
  };
};
