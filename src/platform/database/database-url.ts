import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** How a connection to a MySQL or MariaDB server is encrypted, in mysql2's terms. */
export interface TlsOptions {
  readonly rejectUnauthorized: boolean;
  readonly verifyIdentity: boolean;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

export type DatabaseLocation =
  | { readonly kind: 'sqlite'; /** Absolute. */ readonly file: string }
  | {
      readonly kind: 'mysql';
      readonly host: string;
      readonly port: number;
      readonly user: string;
      readonly password: string;
      readonly database: string;
      readonly tls: TlsOptions | null;
    };

const SSL_MODES = ['DISABLED', 'REQUIRED', 'VERIFY_CA', 'VERIFY_IDENTITY'] as const;
const SSL_FILES = { ca: 'ssl-ca', cert: 'ssl-cert', key: 'ssl-key' } as const;
const URL_OPTIONS: readonly string[] = ['ssl-mode', ...Object.values(SSL_FILES)];

// Only what is named here ever stands in a message: a database URL holds a password.
const wrong = (what: string): Error => new Error(`the database URL ${what}`);

const readPem = (option: string, path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw wrong(`names a file in ${option} that cannot be read: ${path}`);
  }
};

const tlsOf = (options: URLSearchParams): TlsOptions | null => {
  const unknown = [...options.keys()].find((option) => !URL_OPTIONS.includes(option));
  if (unknown !== undefined)
    throw wrong(`has an option that is not known; known are ${URL_OPTIONS.join(', ')}`);
  const files = Object.entries(SSL_FILES).flatMap(([name, option]) => {
    const path = options.get(option);
    return path === null ? [] : [[name, readPem(option, path)] as const];
  });
  const mode = options.get('ssl-mode') ?? (files.length > 0 ? 'VERIFY_IDENTITY' : 'DISABLED');
  if (!SSL_MODES.some((known) => known === mode)) throw wrong(`needs an ssl-mode of ${SSL_MODES.join(', ')}`);
  if (mode === 'DISABLED') return null;
  return {
    rejectUnauthorized: mode !== 'REQUIRED',
    verifyIdentity: mode === 'VERIFY_IDENTITY',
    ...Object.fromEntries(files),
  };
};

const decoded = (part: string): string => {
  try {
    return decodeURIComponent(part);
  } catch {
    throw wrong('has a % that does not begin an escape; write %25');
  }
};

const mysqlLocation = (text: string): DatabaseLocation => {
  if (!URL.canParse(text))
    throw wrong('cannot be read; escape special characters in user and password, such as @ as %40');
  const url = new URL(text);
  const database = decoded(url.pathname.slice(1));
  if (url.hostname === '') throw wrong('names no host');
  if (database === '' || database.includes('/'))
    throw wrong('must end in the name of a database, as in mysql://host/shop');
  return {
    kind: 'mysql',
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? 3306 : Number(url.port),
    user: decoded(url.username),
    password: decoded(url.password),
    database,
    tls: tlsOf(url.searchParams),
  };
};

const sqliteLocation = (text: string): DatabaseLocation => {
  const path = text.replace(/^sqlite:(?:\/\/(?=\/))?/, '');
  if (path === '' || path.startsWith(':memory:'))
    throw wrong('names no file; for a shop without one use memory:');
  return { kind: 'sqlite', file: resolve(path) };
};

/**
 * Reads a database URL: `sqlite:path` (relative to the working directory, or absolute), `mysql://user:password@host:port/name`
 * or `mariadb://…`, the last two with these options, named as MySQL's own:
 *
 * - `ssl-mode`: `DISABLED`, `REQUIRED` (encrypted, any certificate), `VERIFY_CA` (a certificate from a trusted authority) or
 *   `VERIFY_IDENTITY` (which also names the host). `DISABLED` unless told; `VERIFY_IDENTITY` when a file is named.
 * - `ssl-ca`, `ssl-cert`, `ssl-key`: paths of PEM files.
 *
 * Throws an Error that says in one line what is wrong and never contains the URL.
 */
export const parseDatabaseUrl = (text: string): DatabaseLocation => {
  const scheme = /^([a-z]+):/.exec(text)?.[1];
  if (scheme === 'sqlite') return sqliteLocation(text);
  if (scheme === 'mysql' || scheme === 'mariadb') return mysqlLocation(text);
  throw wrong('must begin with sqlite:, mysql:// or mariadb://');
};
