import { parseDatabaseUrl } from '#src/platform/database/database-url.js';
import { integer, string, type ValuesOf } from '#src/platform/schema/schema.js';
import { defaultDatabaseUrl, type ServiceName } from '../services.js';
import { faultOf, variable, type Complain } from './variable.js';

export const databaseVariables = {
  DATABASE_URL: variable(string().optional(), {
    right:
      'sqlite:path, mysql://user:password@host:port/name or mariadb://… (for a cluster host:port,host:port; with ssl-mode, ssl-ca, ssl-cert, ssl-key), postgres://… or postgresql://… (with sslmode, sslrootcert, sslcert, sslkey), or memory:',
    purpose: 'URL of the database. Unset or `sqlite:` means the embedded database.',
    unset:
      '`sqlite:./data/portico.db`; with SERVICE a file in DATA_DIR, and `memory:` for the gateway, which has no database',
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

/** Process whose database it is: the service, or null for the whole shop, and the folder of the services' databases. */
export interface DatabaseOwner {
  readonly service: ServiceName | null;
  readonly dataDir: string;
}

export const databaseConfig = (
  values: Values,
  { service, dataDir }: DatabaseOwner,
  complain: Complain<keyof Values>,
): DatabaseConfig => {
  const { DATABASE_URL: url = defaultDatabaseUrl(service, dataDir) } = values;
  const fault = url === 'memory:' ? null : faultOf(() => parseDatabaseUrl(url));
  if (fault !== null) complain('DATABASE_URL', fault);
  if (service === 'gateway' && url !== 'memory:')
    complain('DATABASE_URL', 'must be unset with SERVICE=gateway, which has no database');
  return {
    url,
    embedded: url === 'memory:' || url.startsWith('sqlite:'),
    poolMax: values.DATABASE_POOL_MAX,
    acquireTimeoutMs: values.DATABASE_ACQUIRE_TIMEOUT_MS,
    statementTimeoutMs: values.DATABASE_STATEMENT_TIMEOUT_MS,
    lockTimeoutMs: values.DATABASE_LOCK_TIMEOUT_MS,
  };
};
