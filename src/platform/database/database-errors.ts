import { type DomainError, errorCatalogue, isDomainError } from '#src/kernel/errors.js';

/** Refusals of every call that needs the database, for when the database cannot serve it. */
export const failDatabase = errorCatalogue({
  busy: ['unavailable', 'Too many requests are changing the same data. Try again.'],
  database_unavailable: ['unavailable', 'The database cannot be reached.'],
  outcome_unknown: [
    'unavailable',
    'The connection broke while the change was being committed. Check whether it happened before you retry.',
  ],
});

/** The fields that drivers put on their errors; Sequelize stores the driver's error as `parent`. */
interface DriverError {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly code?: unknown;
  readonly errno?: unknown;
  readonly sqlState?: unknown;
  readonly fatal?: unknown;
  readonly severity?: unknown;
  readonly parent?: unknown;
}

// MySQL and MariaDB by errno, PostgreSQL by SQLSTATE in `code`, SQLite by name in `code`.
const LOCK_TIMED_OUT: ReadonlySet<unknown> = new Set([
  1205, // lock wait time-out
  '55P03', // lock not available
]);
const TRANSIENT: ReadonlySet<unknown> = new Set([
  1213, // deadlock; on Galera also the reply to COMMIT
  1020, // record changed since it was read
  '40001', // serialization failure
  '40P01', // deadlock
  ...LOCK_TIMED_OUT,
]);
const TIMED_OUT: ReadonlySet<unknown> = new Set([
  1969, // MariaDB: max_statement_time
  3024, // MySQL: max_execution_time
  '57014', // PostgreSQL: statement_timeout
]);
const LOST: ReadonlySet<unknown> = new Set([
  1053, // server shutdown in progress
  1927, // connection was killed
  2006, // server has gone away
  2013, // lost connection during query
  4031, // disconnected because of inactivity
  'PROTOCOL_CONNECTION_LOST',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT', // also: the server has stopped responding
  // PostgreSQL; class 08, connection exceptions, and all FATAL errors are recognised without their codes.
  '57P01', // admin shutdown
  '57P02', // crash shutdown
  '40003', // whether the statement was completed is unknown
]);
/** Galera: this node has no majority or is still catching up, and has not started the statement. */
const REFUSED_BY_NODE = 1047;
const AWAY: ReadonlySet<unknown> = new Set([
  1040, // too many connections
  REFUSED_BY_NODE,
  1203, // too many connections of this user
  1290, // the server is read-only
  1836, // the server is read-only
  'ECONNREFUSED',
  // PostgreSQL; class 53, insufficient resources, is recognised without its codes.
  '57P03', // starting up, shutting down or recovering
  '25006', // the server is read-only: a standby
  '58030', // the server's disk fails
]);
/** Without the codes of a full disk: the shop still serves reads then. */
const NOT_WRITABLE: ReadonlySet<unknown> = new Set([
  1142, // the user lacks the privilege
  1290, // the server is read-only
  1836, // the server is read-only
  '25006', // the server is read-only: a standby
  '42501', // the user lacks the privilege
]);
/** Galera: the node lost its cluster while it replicated the commit. */
const FAILED_DURING_COMMIT = 1180;
const SQLITE_AWAY = /^SQLITE_(?:CANTOPEN|IOERR|FULL|READONLY|NOTADB|CORRUPT)/;
/** mysql2 and pg refuse a command on a dead connection with only these messages; the command was not sent. */
const NOT_SENT = /^Can't add new command when connection is in closed state|^Client .* and is not queryable$/;
/** The message of pg, without a code, when the connection ends during a command. */
const ENDED = /^Connection terminated/;

/** Yields the error and, below it, the driver's errors. */
const causes = function* (error: unknown): Generator<DriverError> {
  for (
    let cause = error;
    typeof cause === 'object' && cause !== null;
    cause = (cause as DriverError).parent
  ) {
    yield cause;
    if ((cause as DriverError).parent === cause) return;
  }
};

const some = (error: unknown, test: (cause: DriverError) => boolean): boolean => {
  for (const cause of causes(error)) if (test(cause)) return true;
  return false;
};

const isIn =
  (codes: ReadonlySet<unknown>) =>
  ({ code, errno, sqlState }: DriverError): boolean =>
    codes.has(errno) || codes.has(code) || codes.has(sqlState);

const startsWith = (value: unknown, prefix: string): boolean =>
  typeof value === 'string' && value.startsWith(prefix);

const matches = (value: unknown, pattern: RegExp): boolean =>
  typeof value === 'string' && pattern.test(value);

/** Returns whether PostgreSQL has refused a prepared statement because its table has changed or the connection does not know it. */
export const isStalePlan = (error: unknown): boolean =>
  some(
    error,
    ({ code, message }) => code === '26000' || message === 'cached plan must not change result type',
  );

/** Returns whether the server has rolled back, or can be made to, and the same transaction is likely to succeed soon. */
export const isTransient = (error: unknown): boolean =>
  some(error, (cause) => isIn(TRANSIENT)(cause) || startsWith(cause.code, 'SQLITE_BUSY')) ||
  isStalePlan(error);

/** Returns whether another transaction has held a lock for longer than a statement may wait. */
export const isLockTimeout = (error: unknown): boolean => some(error, isIn(LOCK_TIMED_OUT));

/** Returns whether the statement was refused before it left this process, because its connection was known to be dead. */
export const wasNotSent = (error: unknown): boolean =>
  some(error, ({ message }) => matches(message, NOT_SENT));

/** Returns whether the connection broke. The server rolls back everything that was not committed on it. */
export const isConnectionLost = (error: unknown): boolean =>
  some(
    error,
    (cause) =>
      isIn(LOST)(cause) ||
      cause.fatal === true ||
      cause.severity === 'FATAL' ||
      startsWith(cause.code, '08') ||
      matches(cause.message, ENDED),
  ) || wasNotSent(error);

/** Returns whether a node of a cluster currently serves no requests; another node may. */
export const isRefusedByNode = (error: unknown): boolean =>
  some(error, ({ errno }) => errno === REFUSED_BY_NODE);

/** Returns whether the server has ended the statement because it took longer than statements may. */
export const isTimedOut = (error: unknown): boolean => some(error, isIn(TIMED_OUT));

/** Returns whether this error, as the reply to COMMIT, leaves it open whether the transaction was committed. */
export const isOutcomeUnknown = (error: unknown): boolean =>
  !isTransient(error) &&
  !wasNotSent(error) &&
  (isConnectionLost(error) ||
    isTimedOut(error) ||
    some(error, ({ errno }) => errno === FAILED_DURING_COMMIT));

/** Returns whether the database accepts no writes at all, or none of this user. */
export const isNotWritable = (error: unknown): boolean =>
  some(error, (cause) => isIn(NOT_WRITABLE)(cause) || matches(cause.code, /^SQLITE_(?:READONLY|CANTOPEN)/));

const isAway = (error: unknown): boolean =>
  some(
    error,
    (cause) =>
      isIn(AWAY)(cause) ||
      matches(cause.code, SQLITE_AWAY) ||
      matches(cause.code, /^53\w{3}$/) ||
      // Sequelize's family of errors about getting a connection, including the pool's time-out.
      matches(cause.name, /^Sequelize(?:Connection|Access|Host|InvalidConnection)\w*Error$/),
  );

/** Returns the refusal with the database's own error as its cause, which is for the log and not for the caller. */
export const because = (refusal: DomainError, cause: unknown): DomainError =>
  Object.assign(refusal, { cause });

/**
 * Returns the refusal for an `error` that means that the database is unavailable or overloaded; `null` for any other error.
 * Queries outside a transaction pass the driver's errors on, so the code that replies to the caller must call this first.
 */
export const asOutage = (error: unknown): DomainError | null => {
  if (isDomainError(error)) return error.kind === 'unavailable' ? error : null;
  if (isConnectionLost(error) || isAway(error)) return because(failDatabase('database_unavailable'), error);
  if (isTransient(error) || isTimedOut(error)) return because(failDatabase('busy'), error);
  return null;
};
