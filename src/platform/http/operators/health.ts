import type { Logger } from 'pino';

/** Work is taken while `serving`, and while `leaving`: not every client knows yet that the process is about to stop. */
export type Phase = 'starting' | 'serving' | 'leaving' | 'draining';

export interface Health {
  phase(): Phase;
  /** From now on work is taken. */
  start(): void;
  /** From now on: not ready, so that balancers send their requests elsewhere, but work is still taken. */
  leave(): void;
  /** From now on: not ready, and no new work is taken. */
  drain(): void;
  /** Whether new work would find all that it needs. */
  ready(): Promise<boolean>;
}

export interface HealthOptions {
  /**
   * Rejects when something is away that requests need: the database, its schema. Answers with what whoever runs the
   * process should know although it serves, or null.
   */
  readonly check: () => Promise<string | null>;
  readonly logger: Logger;
  /** How long a check may take before it counts as failed; 2000 unless said. */
  readonly timeoutMs?: number;
}

const within = async <T>(work: Promise<T>, timeoutMs: number): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer within ${String(timeoutMs)} ms`));
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
  // Probes that come while a check hangs share it, or they would pile up on a database that is in trouble already.
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
      if (phase === 'starting') phase = 'draining'; // nothing has been served that clients would go on with
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
        running = undefined; // one that never ends must not be the last
        logger.warn({ err }, 'not ready');
        return false;
      }
    },
  };
};
