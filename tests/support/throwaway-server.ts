import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, readdir, readFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Sequelize } from 'sequelize';

const run = promisify(execFile);

/** An empty database of its own on a server of the test run. */
export interface TestDatabase {
  readonly url: string;
  /** One for each node of a cluster, the others standing by. */
  readonly nodeUrls?: readonly string[];
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
  /** The system user that runs it; by default the user of the tests. */
  readonly user?: SystemUser;
  /** What it is ended with when the tests are over. */
  readonly endSignal: 'KILL' | 'QUIT';
  /** Makes its data, in a folder that belongs to its user. */
  install(folder: string): Promise<unknown>;
  command(folder: string, port: number): readonly string[];
  /** Of a database that is there from the start, for its administrator. */
  url(port: number): string;
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer().on('error', () => {
      resolve(false);
    });
    server.listen(port, '127.0.0.1', () => {
      server.close(() => {
        resolve(true);
      });
    });
  });

/**
 * Returns a free port below those that systems give to outgoing connections: a server that is killed finds its own free again, and
 * no connection of a test takes it meanwhile. The ports of Galera's nodes are above these.
 */
export const freePort = async (): Promise<number> => {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 10_000);
    if (await isFree(port)) return port;
  }
};

/** A server that runs for as long as this process lives, unless it is hurt meanwhile. */
export interface RunningServer {
  /** Of a database that is there from the start, for its administrator. */
  readonly url: string;
  /** To all of its processes: `KILL` ends it as a crash would, `STOP` freezes it until `CONT`. Resolves when it has come to that. */
  signal(signal: 'KILL' | 'STOP' | 'CONT'): Promise<void>;
  /** Starts it again on its data after it was killed; resolves when it can be reached. */
  start(): Promise<void>;
  /** Takes it away before this process ends. */
  close(): Promise<void>;
}

/**
 * Starts the server, and waits for its end, when standard input says so; answers with its process id, and when it has ended.
 * Takes the server away, data and all, when standard input ends. That is a pipe from this process: it ends when this process
 * does, however it does.
 */
const WATCHDOG = `
  folder=$1; signal=$2; shift 2
  while read -r order; do
    case $order in
      start) "$@" >>"$folder/log" 2>&1 & server=$!; echo "$server" ;;
      wait) wait "$server" 2>/dev/null; echo ended ;;
    esac
  done
  for process in "$server" $(cat "/proc/$server/task/$server/children" 2>/dev/null); do
    kill -s CONT "$process" 2>/dev/null
  done
  kill -s "$signal" "$server" 2>/dev/null; wait "$server" 2>/dev/null; rm -rf "$folder"
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

/** A process and those that it has started. PostgreSQL serves each connection by one. */
const family = async (pid: number): Promise<readonly number[]> => {
  const children = await readFile(`/proc/${String(pid)}/task/${String(pid)}/children`, 'utf8');
  return [pid, ...children.split(' ').filter(Boolean).map(Number)];
};

/** Sends a signal to processes; some may have ended by themselves. */
const signalAll = (pids: readonly number[], signal: NodeJS.Signals): void => {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
};

/**
 * Waits until a process that was told to stop has done so. On a busy machine a thread or another of it runs on for a while,
 * long enough to acknowledge something.
 */
export const untilStopped = async (pid: number): Promise<void> => {
  const tasks = `/proc/${String(pid)}/task`;
  for (;;) {
    const stats = await Promise.all(
      (await readdir(tasks)).map((task) => readFile(join(tasks, task, 'stat'), 'utf8').catch(() => '')),
    );
    if (stats.every((stat) => /\) T [^)]*$/.test(stat))) return;
    await sleep(5);
  }
};

/** Starts a server with data and a port of its own. */
export const startThrowawayServer = async (server: ThrowawayServer): Promise<RunningServer> => {
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
      stdio: ['pipe', 'pipe', 'ignore'],
      detached: true, // Ctrl-C must not end the watchdog before its work is done
    },
  );
  // This process may end while the watchdog has nothing to tell.
  const answers = watchdog.stdout as unknown as Socket;
  watchdog.unref();
  answers.unref();
  (watchdog.stdin as unknown as Socket).unref();
  const order = async (word: 'start' | 'wait'): Promise<string> => {
    answers.ref();
    watchdog.stdin.write(`${word}\n`);
    const [line] = (await once(answers, 'data')) as [Buffer];
    answers.unref();
    return line.toString();
  };

  const url = server.url(port);
  let pid = 0;
  const start = async (): Promise<void> => {
    pid = Number(await order('start'));
    const deadline = Date.now() + 120_000;
    while (!(await isReachable(url))) {
      if (Date.now() > deadline) throw new Error(`${program} did not start; see ${join(folder, 'log')}`);
      await sleep(50);
    }
  };
  await start();
  return {
    url,
    signal: async (signal) => {
      const pids = await family(pid);
      signalAll(pids, `SIG${signal}`);
      if (signal === 'KILL') await order('wait');
      if (signal === 'STOP') await Promise.all(pids.map(untilStopped));
    },
    start,
    close: async () => {
      watchdog.stdin.end();
      await once(watchdog, 'close');
    },
  };
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
