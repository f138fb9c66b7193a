import { execFile, spawn } from 'node:child_process';
import { chown, mkdtemp } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Sequelize } from 'sequelize';

const run = promisify(execFile);

/** An empty database of its own on a server of the test run. */
export interface TestDatabase {
  readonly url: string;
  /** Runs a statement on a connection of its own. */
  admin(sql: string): Promise<unknown>;
  drop(): Promise<void>;
}

/** A user of the system, for servers that refuse to run as root. */
export interface SystemUser {
  readonly uid: number;
  readonly gid: number;
}

export const systemUser = async (name: string): Promise<SystemUser> => {
  const id = async (kind: '-u' | '-g') => Number((await run('id', [kind, name])).stdout);
  return { uid: await id('-u'), gid: await id('-g') };
};

export interface ThrowawayServer {
  readonly program: 'mariadbd' | 'postgres';
  /** Who runs it; whoever runs the tests unless told. */
  readonly user?: SystemUser;
  /** What it is ended with when the tests are over. */
  readonly endSignal: 'KILL' | 'QUIT';
  /** Makes its data, in a folder that belongs to its user. */
  install(folder: string): Promise<unknown>;
  command(folder: string, port: number): readonly string[];
  /** Of a database that is there from the start, for its administrator. */
  url(port: number): string;
}

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

/**
 * Runs the server and takes it away, data and all, when its standard input ends. That is a pipe from this process: it ends
 * when this process does, however it does.
 */
const WATCHDOG = `
  folder=$1; signal=$2; shift 2
  "$@" >"$folder/log" 2>&1 & server=$!
  while read -r _; do :; done
  kill -s "$signal" "$server"; wait "$server" 2>/dev/null; rm -rf "$folder"
`;

const isReachable = async (url: string): Promise<boolean> => {
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

/** Starts a server with data and a port of its own, for as long as this process lives; answers its URL. */
export const startThrowawayServer = async (server: ThrowawayServer): Promise<string> => {
  const { program, user, endSignal } = server;
  const folder = await mkdtemp(join(tmpdir(), `portico-${program}-`));
  if (user !== undefined) await chown(folder, user.uid, user.gid);
  await server.install(folder);
  const port = await freePort();
  const watchdog = spawn(
    '/bin/sh',
    ['-c', WATCHDOG, 'watchdog', folder, endSignal, ...server.command(folder, port)],
    {
      ...user,
      cwd: folder,
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true, // Ctrl-C must not end the watchdog before its work is done
    },
  );
  watchdog.unref();
  (watchdog.stdin as unknown as { unref(): void }).unref();

  const url = server.url(port);
  const deadline = Date.now() + 30_000;
  while (!(await isReachable(url))) {
    if (Date.now() > deadline) throw new Error(`${program} did not start; see ${join(folder, 'log')}`);
    await sleep(50);
  }
  return url;
};

let count = 0;

/** A name that no other run of the tests on the same server uses. */
export const databaseName = (): string => {
  count += 1;
  return `portico_test_${String(process.pid)}_${String(count)}`;
};

/** Runs a statement on a connection of its own. */
export const administer = async (url: string, sql: string): Promise<unknown> => {
  const connection = new Sequelize(url, { logging: false });
  try {
    return await connection.query(sql);
  } finally {
    await connection.close();
  }
};
