import { pino, type DestinationStream, type Logger } from 'pino';
import pinoPretty from 'pino-pretty';
import { requestMixin } from './http/pipeline/request-id.js';

/** Keys whose values are secrets or personal, should an object with them ever be logged. */
const SECRETS = [
  'password',
  'currentPassword',
  'newPassword',
  'passwordHash',
  'accessToken',
  'refreshToken',
  'token',
];

/** What a log keeps of an error: database drivers hang the values of the failed statement on theirs. */
export const describeError = (error: unknown): unknown =>
  error instanceof Error
    ? {
        type: error.name,
        message: error.message,
        stack: error.stack,
        ...(error.cause !== undefined && { cause: describeError(error.cause) }),
      }
    : String(error);

/** Bytes of lines that wait for standard error; further lines are dropped. */
const MAX_WAITING = 4 * 1024 * 1024;

/**
 * Returns standard error as a stream that neither stops the process nor keeps it from ending: a disk without room, or a reader that
 * stalls, costs lines of the log and nothing else.
 */
const jsonLines = (): DestinationStream => {
  let stuck = false;
  const stream = pino.destination({
    fd: 2,
    sync: false,
    maxLength: MAX_WAITING,
    retryEAGAIN: () => (stuck = true),
  });
  // What could not be written is tried again with the next line.
  stream.on('error', () => (stuck = true));
  stream.on('write', () => (stuck = false));
  // At the end pino writes what is left for as long as it takes.
  process.prependListener('exit', () => {
    if (stuck) stream.destroy();
  });
  return stream;
};

/** One for all shops of the process, so that no line of one is written into the middle of a line of another. */
let shared: DestinationStream | undefined;

/**
 * Returns where the log goes: standard error, since standard output is for people. On a terminal its lines are for people as well,
 * everywhere else they are JSON.
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
