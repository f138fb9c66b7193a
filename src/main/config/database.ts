import { parseDatabaseUrl } from '#src/platform/database/database-url.js';
import { integer, string, type ValuesOf } from '#src/platform/schema/schema.js';
import { faultOf, variable, type Complain } from './variable.js';

export const databaseVariables = {
  DATABASE_URL: variable(string().optional(), {
    right:
      'sqlite:path, mysql://user:password@host:port/name or mariadb://… (for a cluster host:port,host:port; with ssl-mode, ssl-ca, ssl-cert, ssl-key), postgres://… or postgresql://… (with sslmode, sslrootcert, sslcert, sslkey), or memory:',
    purpose: 'URL of the database. Unset or `sqlite:` means the embedded database.',
    unset: '`sqlite:./data/portico.db`',
  }),
  DATABASE_POOL_MAX: variable(integer({ min: 1, max: 1000 }).default(10), {
    right: 'a whole number from 1 to 1000',
    purpose: 'Maximum number of connections of a process to a database server.',
  }),
  DATABASE_ACQUIRE_TIMEOUT_MS: variable(integer({ min: 1, max: 600_000 }).default(5000), {
    right: 'milliseconds, a whole number from 1 to 600000',
    purpose: 'How long a request waits for a free connection before it gets 503.',
  }),
  DATABASE_STATEMENT_TIMEOUT_MS: variable(integer({ min: 1, max: 600_000 }).default(10_000), {
    right: 'milliseconds, a whole number from 1 to 600000',
    purpose:
      'How long a statement may run on a database server, and how long a request waits for a search. MySQL (not ' +
      'MariaDB) limits reads only.',
  }),
  DATABASE_LOCK_TIMEOUT_MS: variable(integer({ min: 1, max: 600_000 }).default(5000), {
    right: 'milliseconds, a whole number from 1 to 600000',
    purpose: 'How long a statement waits for a lock. MySQL and MariaDB round to whole seconds.',
  }),
};

type Values = ValuesOf<typeof databaseVariables>;

export interface DatabaseConfig {
  readonly url: string;
  /** Whether the database is a file or in memory, without a server, as a developer starts with. */
  readonly embedded: boolean;
  readonly poolMax: number;
  readonly acquireTimeoutMs: number;
  readonly statementTimeoutMs: number;
  readonly lockTimeoutMs: number;
}

export const databaseConfig = (values: Values, complain: Complain<keyof Values>): DatabaseConfig => {
  const { DATABASE_URL: url = 'sqlite:./data/portico.db' } = values;
  const fault = url === 'memory:' ? null : faultOf(() => parseDatabaseUrl(url));
  if (fault !== null) complain('DATABASE_URL', fault);
  return {
    url,
    embedded: url === 'memory:' || url.startsWith('sqlite:'),
    poolMax: values.DATABASE_POOL_MAX,
    acquireTimeoutMs: values.DATABASE_ACQUIRE_TIMEOUT_MS,
    statementTimeoutMs: values.DATABASE_STATEMENT_TIMEOUT_MS,
    lockTimeoutMs: values.DATABASE_LOCK_TIMEOUT_MS,
  };
};
