import { pino, type Logger } from 'pino';

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

/** JSON lines on standard error; standard output is for people. */
export const createLogger = (level: string): Logger =>
  pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: SECRETS.flatMap((key) => [key, `*.${key}`]),
    },
    pino.destination({ fd: 2, sync: false }),
  );
