import { pino, type DestinationStream, type Logger } from 'pino';
import { requestMixin } from './http/request-id.js';

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

/** JSON lines, on standard error unless told: standard output is for people. */
export const createLogger = (
  level: string,
  destination: DestinationStream = pino.destination({ fd: 2, sync: false }),
): Logger =>
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
