import { pino, type DestinationStream, type Logger } from 'pino';
import pinoPretty from 'pino-pretty';
import { requestMixin } from './http/pipeline/request-id.js';

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

/** Maximum number of bytes that wait for standard error; further lines are dropped. */
const MAX_WAITING = 4 * 1024 * 1024;

/**
 * Returns standard error as a stream that neither blocks the process nor delays its end: a full disk, or a reader that stalls,
 * loses lines of the log and has no other effect.
 */
const jsonLines = (): DestinationStream => {
  let stuck = false;
  const stream = pino.destination({
    fd: 2,
    sync: false,
    maxLength: MAX_WAITING,
    retryEAGAIN: () => (stuck = true),
  });
  // What could not be written is retried with the next line.
  stream.on('error', () => (stuck = true));
  stream.on('write', () => (stuck = false));
  // On exit, pino writes the remaining lines synchronously, however long that takes.
  process.prependListener('exit', () => {
    if (stuck) stream.destroy();
  });
  return stream;
};

/** One for all shops of the process, so that lines of two shops do not mix. */
let shared: DestinationStream | undefined;

/**
 * Returns the destination of the log: standard error, since standard output is for people. On a terminal the lines are for people
 * as well, everywhere else they are JSON.
 */
export const standardError = (isTerminal: boolean = process.stderr.isTTY): DestinationStream =>
  isTerminal
    ? pinoPretty({ destination: 2, sync: true, singleLine: true, translateTime: 'SYS:HH:MM:ss' })
    : (shared ??= jsonLines());

export const createLogger = (level: string, destination: DestinationStream = standardError()): Logger =>
  pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      mixin: requestMixin,
      serializers: { err: describeError },
      redact: SECRETS.flatMap((key) => [key, `*.${key}`]),
    },
    destination,
  );
