import { pino, type DestinationStream, type Logger } from 'pino';
import type * as pretty from 'pino-pretty';
import { onDemand } from './lazily.js';
import { logFile, type LogFile } from './log-file.js';

/** Keys of secret or personal values, in case an object with them is logged. */
const SECRETS = [
  'password',
  'currentPassword',
  'newPassword',
  'passwordHash',
  'accessToken',
  'refreshToken',
  'token',
];

/** Returns the loggable part of an error: database drivers attach the values of the failed statement to their errors. */
export const describeError = (error: unknown): unknown =>
  error instanceof Error
    ? {
        type: error.name,
        message: error.message,
        stack: error.stack,
        ...(error.cause !== undefined && { cause: describeError(error.cause) }),
      }
    : String(error);

/** Developers need it, and servers do not. */
const pinoPretty = onDemand<typeof pretty>('pino-pretty');

/** One for all shops of the process, so that lines of two shops do not mix. */
let shared: LogFile | undefined;

/**
 * Returns the destination of the log: standard error, since standard output is for people. On a terminal the lines are for people
 * as well, everywhere else they are JSON.
 */
export const standardError = (isTerminal: boolean = process.stderr.isTTY): DestinationStream =>
  isTerminal
    ? pinoPretty().build({ destination: 2, sync: true, singleLine: true, translateTime: 'SYS:HH:MM:ss' })
    : (shared ??= logFile(2));

/** Resolves when every line has left the process, or standard error accepts none. */
export const logSettled = async (): Promise<void> => shared?.settled();

/** Returns the level of a value that may be no level. */
export const levelOf = (given = ''): string =>
  given === 'silent' || given in pino.levels.values ? given : 'info';

/** Returns a logger. `base` is part of each of its lines. */
export const createLogger = (
  level: string,
  destination: DestinationStream = standardError(),
  base: Readonly<Record<string, string>> | null = null,
): Logger =>
  pino(
    {
      level,
      base: base && { ...base },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describeError },
      redact: SECRETS.flatMap((key) => [key, `*.${key}`]),
    },
    destination,
  );
