import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { hasUnescapedPassword } from '../url-password.js';

/** Options of an encrypted connection to a server. */
export interface TlsOptions {
  /** Whether the server's certificate must come from a trusted authority. */
  readonly rejectUnauthorized: boolean;
  /** Whether the certificate must also name the host. */
  readonly verifyIdentity: boolean;
  /** PEM, like the other two. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

export interface Host {
  readonly host: string;
  readonly port: number;
}

export const nameOfHost = ({ host, port }: Host): string => `${host}:${String(port)}`;

export type DatabaseLocation =
  | { readonly kind: 'sqlite'; /** Absolute path. */ readonly file: string }
  | {
      readonly kind: 'mysql' | 'postgres';
      /** The servers of the database, the preferred one first; more than one only for a cluster. */
      readonly hosts: readonly [Host, ...Host[]];
      readonly user: string;
      readonly password: string;
      readonly database: string;
      readonly tls: TlsOptions | null;
    };

type Files = Pick<TlsOptions, 'ca' | 'cert' | 'key'>;
type Checks = Omit<TlsOptions, keyof Files>;

/** What is specific to the URLs of one kind of server. */
interface ServerUrls {
  readonly port: number;
  readonly modeOption: string;
  /** The option that names each file. */
  readonly fileOptions: Readonly<Record<keyof Files, string>>;
  /** What each mode verifies; null: the connection is not encrypted. */
  readonly modes: Readonly<Record<string, (files: Files) => Checks | null>>;
  readonly plain: string;
  readonly strictest: string;
}

const encrypted = (): Checks => ({ rejectUnauthorized: false, verifyIdentity: false });
const fromAuthority = (): Checks => ({ rejectUnauthorized: true, verifyIdentity: false });
const namingHost = (): Checks => ({ rejectUnauthorized: true, verifyIdentity: true });

const SERVERS: Readonly<Record<'mysql' | 'postgres', ServerUrls>> = {
  mysql: {
    port: 3306,
    modeOption: 'ssl-mode',
    fileOptions: { ca: 'ssl-ca', cert: 'ssl-cert', key: 'ssl-key' },
    modes: {
      DISABLED: () => null,
      REQUIRED: encrypted,
      VERIFY_CA: fromAuthority,
      VERIFY_IDENTITY: namingHost,
    },
    plain: 'DISABLED',
    strictest: 'VERIFY_IDENTITY',
  },
  postgres: {
    port: 5432,
    modeOption: 'sslmode',
    fileOptions: { ca: 'sslrootcert', cert: 'sslcert', key: 'sslkey' },
    modes: {
      disable: () => null,
      // libpq verifies as soon as it knows an authority.
      require: ({ ca }) => (ca === undefined ? encrypted() : fromAuthority()),
      'verify-ca': fromAuthority,
      'verify-full': namingHost,
    },
    plain: 'disable',
    strictest: 'verify-full',
  },
};

// The message contains only what is passed here: a database URL contains a password.
const wrong = (what: string): Error => new Error(`the database URL ${what}`);

const readPem = (option: string, path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw wrong(`names a file in ${option} that cannot be read: ${path}`);
  }
};

const tlsOf = (
  { modeOption, fileOptions, modes, plain, strictest }: ServerUrls,
  options: URLSearchParams,
): TlsOptions | null => {
  const known = [modeOption, ...Object.values(fileOptions)];
  if ([...options.keys()].some((option) => !known.includes(option)))
    throw wrong(`has an unknown option; the known options are ${known.join(', ')}`);
  const files: Files = Object.fromEntries(
    Object.entries(fileOptions).flatMap(([name, option]) => {
      const path = options.get(option);
      return path === null ? [] : [[name, readPem(option, path)] as const];
    }),
  );
  const mode = options.get(modeOption) ?? (Object.keys(files).length > 0 ? strictest : plain);
  const checks = Object.hasOwn(modes, mode) ? modes[mode] : undefined;
  if (checks === undefined) throw wrong(`needs an ${modeOption} of ${Object.keys(modes).join(', ')}`);
  const checked = checks(files);
  return checked && { ...checked, ...files };
};

const decoded = (part: string): string => {
  try {
    return decodeURIComponent(part);
  } catch {
    throw wrong('contains a % that does not begin an escape; write %25');
  }
};

/** Returns the URL once for each of its hosts, which are separated by commas. */
const urlsOf = (text: string): readonly [URL, ...URL[]] => {
  const [, scheme = '', authority = '', behind = ''] =
    /^([a-z]+:\/\/)([^/?#]*)((?:[/?#].*)?)$/s.exec(text) ?? [];
  const hostsAt = authority.lastIndexOf('@') + 1;
  const before = scheme + authority.slice(0, hostsAt);
  const [first = '', ...others] = authority.slice(hostsAt).split(',');
  const urlOf = (host: string): URL => {
    const url = before + host + behind;
    if (!URL.canParse(url)) throw wrong(UNREADABLE);
    return new URL(url);
  };
  return [urlOf(first), ...others.map(urlOf)];
};

const UNREADABLE =
  'cannot be read; escape special characters in user and password, such as @ as %40, / as %2F and # as %23';

const serverLocation = (kind: 'mysql' | 'postgres', text: string): DatabaseLocation => {
  if (hasUnescapedPassword(text)) throw wrong(UNREADABLE);
  const [url, ...others] = urlsOf(text);
  const database = decoded(url.pathname.slice(1));
  if ([url, ...others].some(({ hostname }) => hostname === '')) throw wrong('names no host');
  if (others.length > 0 && kind === 'postgres')
    throw wrong('names several hosts, which only those of one MySQL or MariaDB cluster can be');
  if (database === '' || database.includes('/'))
    throw wrong(`must end in the name of a database, as in ${kind}://host/shop`);
  const hostOf = ({ hostname, port }: URL): Host => ({
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? SERVERS[kind].port : Number(port),
  });
  return {
    kind,
    hosts: [hostOf(url), ...others.map(hostOf)],
    user: decoded(url.username),
    password: decoded(url.password),
    database,
    tls: tlsOf(SERVERS[kind], url.searchParams),
  };
};

const sqliteLocation = (text: string): DatabaseLocation => {
  const path = text.replace(/^sqlite:(?:\/\/(?=\/))?/, '');
  if (path === '' || path.startsWith(':memory:'))
    throw wrong('names no file; for a shop without one use memory:');
  return { kind: 'sqlite', file: resolve(path) };
};

/**
 * Reads a database URL: `sqlite:path` (relative to the working directory, or absolute), `mysql://user:password@host:port/name` or
 * `mariadb://…` (with `host:port,host:port` for the nodes of a cluster), `postgres://…` or `postgresql://…`. URLs of servers may
 * have options about encryption, with the names and the modes of MySQL's and PostgreSQL's own programs:
 *
 * | mode of MySQL     | of PostgreSQL | the server's certificate          |
 * | ----------------- | ------------- | --------------------------------- |
 * | `DISABLED`        | `disable`     | none: nothing is encrypted        |
 * | `REQUIRED`        | `require`     | any                               |
 * | `VERIFY_CA`       | `verify-ca`   | from a trusted authority          |
 * | `VERIFY_IDENTITY` | `verify-full` | the same, and it names the host   |
 *
 * - `ssl-mode`, or `sslmode`: by default the first of the table, or the last if a file is named.
 * - `ssl-ca`, `ssl-cert`, `ssl-key`, or `sslrootcert`, `sslcert`, `sslkey`: paths of PEM files.
 *
 * Throws an Error of one line that names the problem and never contains the URL.
 */
export const parseDatabaseUrl = (text: string): DatabaseLocation => {
  const scheme = /^([a-z]+):/.exec(text)?.[1];
  if (scheme === 'sqlite') return sqliteLocation(text);
  if (scheme === 'mysql' || scheme === 'mariadb') return serverLocation('mysql', text);
  if (scheme === 'postgres' || scheme === 'postgresql') return serverLocation('postgres', text);
  throw wrong('must begin with sqlite:, mysql://, mariadb://, postgres:// or postgresql://');
};
