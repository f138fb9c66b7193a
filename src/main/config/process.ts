import { boolean, integer, oneOf, string, type ValuesOf } from '#src/platform/schema/schema.js';
import { variable } from './variable.js';

export const processVariables = {
  NODE_ENV: variable(string().optional(), {
    right: 'production, or anything else',
    purpose:
      '`production` keeps mails off standard output and the demo catalogue out of the shop. Set it wherever real customers are.',
    unset: 'none',
  }),
  DEMO_DATA: variable(boolean().optional(), {
    right: 'true or false',
    purpose:
      'Whether an empty shop on the embedded database gets a small demo catalogue. On another database `npm run admin -- seed-demo` adds it.',
    unset: 'true; with NODE_ENV=production false',
  }),
  SHUTDOWN_DELAY: variable(integer({ min: 0, max: 3600 }).optional(), {
    right: 'seconds, a whole number from 0 to 3600',
    purpose:
      'How long the process goes on serving after SIGTERM or SIGINT, with `/readyz` at 503, so that balancers notice before connections are refused.',
    unset: '5; 0 on a terminal',
  }),
  LOG_LEVEL: variable(oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent').default('info'), {
    right: 'fatal, error, warn, info, debug, trace or silent',
    purpose: 'What is logged at least, as JSON lines on standard error.',
  }),
};

export interface ProcessConfig {
  /** Whether the shop serves real customers, as opposed to a developer who is trying things out. */
  readonly production: boolean;
  readonly demoData: boolean;
  /** Seconds for which the process goes on serving after the signal to stop; null if not configured. */
  readonly shutdownDelay: number | null;
  readonly logLevel: string;
}

export const processConfig = (
  { NODE_ENV, DEMO_DATA, SHUTDOWN_DELAY, LOG_LEVEL }: ValuesOf<typeof processVariables>,
  { embedded }: { readonly embedded: boolean },
): ProcessConfig => {
  const production = NODE_ENV === 'production';
  return {
    production,
    demoData: embedded && (DEMO_DATA ?? !production),
    shutdownDelay: SHUTDOWN_DELAY ?? null,
    logLevel: LOG_LEVEL,
  };
};
