import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Sequelize } from 'sequelize';

const run = promisify(execFile);

/** Debian puts servers where an ordinary user's PATH does not lead. */
const FOLDERS = [
  ...(process.env['PATH'] ?? '').split(delimiter),
  '/usr/sbin',
  '/usr/local/sbin',
  '/usr/local/bin',
];
const find = (program: string): string | undefined =>
  FOLDERS.map((folder) => join(folder, program)).find((path) => existsSync(path));

const serverBinary = find('mariadbd');
const installer = find('mariadb-install-db');
const givenUrl = process.env['TEST_MYSQL_URL'];

/** Why there is no server to test on, or null when there is one. */
export const mariadbMissing: string | null =
  givenUrl !== undefined || (serverBinary !== undefined && installer !== undefined)
    ? null
    : 'no mariadbd found and TEST_MYSQL_URL is not set';

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => {
        resolve(port);
      });
    });
  });

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

/**
 * Runs the server and takes it away, data and all, when its standard input ends. That is a pipe from this process: it ends
 * when this process does, however it does.
 */
const WATCHDOG = `
  folder=$1; shift
  "$@" >"$folder/log" 2>&1 & server=$!
  while read -r _; do :; done
  kill -9 "$server"; wait "$server" 2>/dev/null; rm -rf "$folder"
`;

const reachable = async (url: string): Promise<boolean> => {
  const probe = new Sequelize(url, { logging: false });
  try {
    await probe.authenticate();
    return true;
  } catch {
    return false;
  } finally {
    await probe.close();
  }
};

const startServer = async (): Promise<string> => {
  if (serverBinary === undefined || installer === undefined) throw new Error(mariadbMissing ?? '');
  const folder = await mkdtemp(join(tmpdir(), 'portico-mariadb-'));
  const data = join(folder, 'data');
  // Root has to say that it means it; anybody else runs the server as themself.
  const user = process.getuid?.() === 0 ? ['--user=root'] : [];
  await run(installer, [
    '--no-defaults',
    `--datadir=${data}`,
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
    ...user,
  ]);
  const port = await freePort();
  const server = [
    serverBinary,
    '--no-defaults',
    `--datadir=${data}`,
    `--port=${String(port)}`,
    `--socket=${join(folder, 'socket')}`,
    `--pid-file=${join(folder, 'pid')}`,
    ...SETTINGS,
    ...user,
  ];
  const watchdog = spawn('/bin/sh', ['-c', WATCHDOG, 'watchdog', folder, ...server], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true, // Ctrl-C must not end the watchdog before its work is done
  });
  watchdog.unref();
  (watchdog.stdin as unknown as { unref(): void }).unref();

  const url = `mysql://root@127.0.0.1:${String(port)}`;
  const deadline = Date.now() + 30_000;
  while (!(await reachable(`${url}/mysql`))) {
    if (Date.now() > deadline) throw new Error(`mariadbd did not start; see ${join(folder, 'log')}`);
    await sleep(50);
  }
  return url;
};

let server: Promise<string> | undefined;

/** The URL of the run's server, without a database; started when it is first asked for. */
const serverUrl = (): Promise<string> => {
  server ??= givenUrl === undefined ? startServer() : Promise.resolve(givenUrl);
  return server;
};

export interface TestDatabase {
  readonly url: string;
  /** Runs a statement on a connection of its own. */
  admin(sql: string): Promise<unknown>;
  drop(): Promise<void>;
}

let count = 0;

/** An empty database of its own on the run's server. */
export const createMariadbDatabase = async (): Promise<TestDatabase> => {
  const url = new URL(await serverUrl());
  count += 1;
  const name = `portico_test_${String(process.pid)}_${String(count)}`;
  const administration = async (sql: string): Promise<unknown> => {
    const root = new URL(url);
    if (root.pathname.length <= 1) root.pathname = '/mysql';
    const connection = new Sequelize(root.href, { logging: false });
    try {
      return await connection.query(sql);
    } finally {
      await connection.close();
    }
  };
  await administration(`CREATE DATABASE ${name}`);
  const own = new URL(url);
  own.pathname = `/${name}`;
  return {
    url: own.href,
    admin: administration,
    drop: async () => {
      await administration(`DROP DATABASE ${name}`);
    },
  };
};
