import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findProgram } from './installed-programs.js';
import {
  administer,
  databaseName,
  startThrowawayServer,
  type RunningServer,
  type TestDatabase,
} from './throwaway-server.js';

const run = promisify(execFile);

const serverBinary = findProgram('mariadbd');
const installer = findProgram('mariadb-install-db');
const givenUrl = process.env['TEST_MYSQL_URL'];

/** Whether a throwaway server can be started, whatever the others run on. */
export const mariadbInstalled = serverBinary !== undefined && installer !== undefined;

/** Why there is no server to test on, or null when there is one. */
export const mariadbMissing: string | null =
  givenUrl !== undefined || mariadbInstalled ? null : 'no mariadbd found and TEST_MYSQL_URL is not set';

/** Fast rather than durable, but the engine is the real one. */
const SETTINGS = [
  '--bind-address=127.0.0.1',
  '--skip-name-resolve',
  '--skip-log-bin',
  '--innodb-flush-log-at-trx-commit=0',
  '--innodb-doublewrite=0',
  '--innodb-buffer-pool-size=64M',
  '--innodb-log-file-size=32M',
  '--max-connections=300',
];

/** As a shop should run it: nothing that was acknowledged is lost with the machine. */
export const DURABLE = ['--innodb-flush-log-at-trx-commit=1', '--innodb-doublewrite=1'];

/** Starts a server that is there for as long as this process is. */
export const startMariadb = (settings: readonly string[] = []): Promise<RunningServer> => {
  if (serverBinary === undefined || installer === undefined) throw new Error(mariadbMissing ?? '');
  // Root has to ask for it; other users run the server as themselves.
  const user = process.getuid?.() === 0 ? ['--user=root'] : [];
  // A server that starts removes what looks like temporary tables: it must not find those of another.
  const places = (folder: string) => [`--datadir=${join(folder, 'data')}`, `--tmpdir=${folder}`];
  return startThrowawayServer({
    program: 'mariadbd',
    endSignal: 'KILL',
    install: (folder) =>
      run(installer, [
        '--no-defaults',
        ...places(folder),
        '--auth-root-authentication-method=normal',
        '--skip-test-db',
        ...user,
      ]),
    command: (folder, port) => [
      serverBinary,
      '--no-defaults',
      ...places(folder),
      `--port=${String(port)}`,
      `--socket=${join(folder, 'socket')}`,
      `--pid-file=${join(folder, 'pid')}`,
      ...SETTINGS,
      ...settings,
      ...user,
    ],
    url: (port) => `mysql://root@127.0.0.1:${String(port)}/mysql`,
  });
};

let server: Promise<string> | undefined;

/** The URL of the run's server, started when it is first asked for. */
const serverUrl = async (): Promise<URL> => {
  server ??= givenUrl === undefined ? startMariadb().then(({ url }) => url) : Promise.resolve(givenUrl);
  const url = new URL(await server);
  if (url.pathname.length <= 1) url.pathname = '/mysql';
  return url;
};

/** An empty database of its own, on the run's server unless told. */
export const createMariadbDatabase = async (server?: RunningServer): Promise<TestDatabase> => {
  const root = server === undefined ? await serverUrl() : new URL(server.url);
  const name = databaseName();
  const admin = (sql: string): Promise<unknown> => administer(root.href, sql);
  await admin(`CREATE DATABASE ${name}`);
  const own = new URL(root);
  own.pathname = `/${name}`;
  return {
    url: own.href,
    admin,
    drop: async () => {
      await admin(`DROP DATABASE ${name}`);
    },
  };
};
