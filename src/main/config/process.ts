import { boolean, integer, oneOf, string, type ValuesOf } from '#src/platform/schema/schema.js';
import type { ContextName } from '../contexts.js';
import type { DatabaseConfig } from './database.js';
import { variable, type Complain } from './variable.js';

export const processVariables = {
  NODE_ENV: variable(string().optional(), {
    right: 'production, or anything else',
    purpose:
      '`production` prints no mails on standard output and creates no demo catalogue. Set it wherever real ' +
      'customers are.',
    unset: 'none',
  }),
  DEMO_DATA: variable(boolean().optional(), {
    right: 'true or false',
    purpose:
      'Whether the start adds a small demo catalogue to an empty shop on the embedded database. On a database ' +
      'server use `npm run admin -- seed-demo`.',
    unset: 'true; false with NODE_ENV=production',
  }),
  SHUTDOWN_DELAY: variable(integer({ min: 0, max: 3600 }).optional(), {
    right: 'seconds, a whole number from 0 to 3600',
    purpose:
      'How long the process still serves after SIGTERM or SIGINT, with `/readyz` at 503, so that load balancers ' +
      'notice before connections are refused.',
    unset: '5; 0 on a terminal',
  }),
  WORKERS: variable(integer({ min: 1, max: 64 }).default(1), {
    right: 'a whole number from 1 to 64; 1 with `memory:`, unless the process is the gateway',
    purpose:
      'Number of processes that serve the shop on one port, at most one for each core. Each has connections of its ' +
      'own to the database.',
  }),
  MAX_EVENT_LOOP_DELAY_MS: variable(integer({ min: 0, max: 10_000 }).default(50), {
    right: 'milliseconds, a whole number from 0 to 10000 (0: no limit)',
    purpose:
      'Event-loop delay above which the process lets fewer requests in at a time; further ones get 503 `overloaded` ' +
      'at once. 0 sets no limit to the requests in flight.',
  }),
  LOG_LEVEL: variable(oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent').default('info'), {
    right: 'fatal, error, warn, info, debug, trace or silent',
    purpose: 'Lowest level that is logged, as JSON lines on standard error.',
  }),
};

type Values = ValuesOf<typeof processVariables>;

export interface ProcessConfig {
  /** Whether the shop serves real customers, as opposed to a developer who is trying things out. */
  readonly production: boolean;
  /** Whether the start creates the demo catalogue: only where the catalogue is. */
  readonly demoData: boolean;
  /** Seconds for which the process goes on serving after the signal to stop; null if not configured. */
  readonly shutdownDelay: number | null;
  /** Number of processes that serve the shop; the primary process starts them. */
  readonly workers: number;
  /** Event-loop delay above which fewer requests may be in flight; 0 sets no limit to them. */
  readonly maxEventLoopDelayMs: number;
  readonly logLevel: string;
}

export const processConfig = (
  { NODE_ENV, DEMO_DATA, SHUTDOWN_DELAY, WORKERS, MAX_EVENT_LOOP_DELAY_MS, LOG_LEVEL }: Values,
  { url, embedded }: Pick<DatabaseConfig, 'url' | 'embedded'>,
  contexts: readonly ContextName[],
  complain: Complain<keyof Values>,
): ProcessConfig => {
  // A gateway stores nothing.
  if (WORKERS > 1 && url === 'memory:' && contexts.length > 0)
    complain(
      'WORKERS',
      'must be 1 with DATABASE_URL=memory:, since each worker would have a shop of its own',
    );
  const production = NODE_ENV === 'production';
  return {
    production,
    demoData: contexts.includes('catalog') && embedded && (DEMO_DATA ?? !production),
    shutdownDelay: SHUTDOWN_DELAY ?? null,
    workers: WORKERS,
    maxEventLoopDelayMs: MAX_EVENT_LOOP_DELAY_MS,
    logLevel: LOG_LEVEL,
  };
};
