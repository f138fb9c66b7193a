import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findProgram } from './installed-programs.js';
import {
  administer,
  databaseName,
  startThrowawayServer,
  systemUser,
  type RunningServer,
  type TestDatabase,
} from './throwaway-server.js';

const run = promisify(execFile);

/** Debian keeps a folder for each major version; the newest comes first. */
const DEBIAN = '/usr/lib/postgresql';
const versionFolders = existsSync(DEBIAN)
  ? readdirSync(DEBIAN)
      .sort((a, b) => Number(b) - Number(a))
      .map((version) => join(DEBIAN, version, 'bin'))
  : [];

const serverBinary = findProgram('postgres', versionFolders);
const installer = findProgram('initdb', versionFolders);
const givenUrl = process.env['TEST_POSTGRES_URL'];

/** Whether a throwaway server can be started, whatever the others run on. */
export const postgresInstalled = serverBinary !== undefined && installer !== undefined;

/** Why there is no server to test on, or null when there is one. */
export const postgresMissing: string | null =
  givenUrl !== undefined || postgresInstalled ? null : 'no postgres found and TEST_POSTGRES_URL is not set';

/** Fast rather than durable, but the engine is the real one. */
const FAST = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'shared_buffers=64MB'];

/** Not what the shop needs: it has to ask for that, on every connection. */
const UNFAVOURABLE = ['default_transaction_isolation=serializable', 'timezone=Asia/Kolkata'];

const SETTINGS = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'max_connections=300',
  'deadlock_timeout=100ms',
  ...FAST,
  ...UNFAVOURABLE,
];

/** Runs a program as the user who runs the server, in the server's folder. */
type RunAsServer = (program: string, args: readonly string[]) => Promise<unknown>;

export interface PostgresOptions {
  readonly settings?: readonly string[];
  /** Done before the start, when its data are there. */
  readonly prepare?: (folder: string, run: RunAsServer) => Promise<void>;
}

/** As a shop should run it: nothing that was acknowledged is lost with the machine. */
export const DURABLE = ['fsync=on', 'synchronous_commit=on', 'full_page_writes=on'];

/** Starts a server that is there for as long as this process is. */
export const startPostgres = async ({
  settings = [],
  prepare,
}: PostgresOptions = {}): Promise<RunningServer> => {
  if (serverBinary === undefined || installer === undefined) throw new Error(postgresMissing ?? '');
  // It refuses to run as root; other users run it as themselves.
  const user = process.getuid?.() === 0 ? await systemUser('nobody') : undefined;
  const dataIn = (folder: string) => `--pgdata=${join(folder, 'data')}`;
  return startThrowawayServer({
    program: 'postgres',
    ...(user !== undefined && { user }),
    endSignal: 'QUIT', // at once, but without leaving shared memory behind
    install: async (folder) => {
      const runAsServer: RunAsServer = (program, args) => run(program, args, { ...user, cwd: folder });
      await runAsServer(installer, [
        dataIn(folder),
        '--username=postgres',
        '--auth=trust',
        '--encoding=UTF8',
        '--no-sync',
      ]);
      await prepare?.(folder, runAsServer);
    },
    command: (folder, port) => [
      serverBinary,
      '-D',
      join(folder, 'data'),
      '-p',
      String(port),
      ...[...SETTINGS, ...settings].flatMap((setting) => ['-c', setting]),
    ],
    url: (port) => `postgres://postgres@127.0.0.1:${String(port)}/postgres`,
  });
};

let server: Promise<string> | undefined;

/** The URL of the run's server, started when it is first asked for. */
const serverUrl = async (): Promise<URL> => {
  server ??= givenUrl === undefined ? startPostgres().then(({ url }) => url) : Promise.resolve(givenUrl);
  const url = new URL(await server);
  if (url.pathname.length <= 1) url.pathname = '/postgres';
  return url;
};

/**
 * An empty database of its own, on the run's server (15 or later) unless told. Its texts are sorted as dictionaries do, unless a column
 * says otherwise.
 */
export const createPostgresDatabase = async (server?: RunningServer): Promise<TestDatabase> => {
  const root = server === undefined ? await serverUrl() : new URL(server.url);
  const name = databaseName();
  const admin = (sql: string): Promise<unknown> => administer(root.href, sql);
  await admin(
    `CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'en-US'`,
  );
  const own = new URL(root);
  own.pathname = `/${name}`;
  return {
    url: own.href,
    admin,
    drop: async () => {
      await admin(`DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
};
