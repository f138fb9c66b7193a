// The three servers that are compared, each a process of its own as it would run in production, and what their processes cost.
import { openSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { build } from 'esbuild';
import { builtProgram } from '../support/server-process.js';
import { start } from '../support/started-processes.js';
import { freePort } from '../support/throwaway-server.js';

export const SERVERS = ['hand-tuned', 'tutorial', 'Portico'] as const;
export type ServerName = (typeof SERVERS)[number];

const ROOT = join(import.meta.dirname, '..', '..');
/** Under node_modules, so that the packages are found from there, and nobody commits it. */
const BUILT = join(ROOT, 'node_modules', '.cache', 'portico-bench');

let compiled: Promise<unknown> | undefined;

/** As JavaScript: a loader of TypeScript would cost time and memory that is not the server's. */
const compile = (): Promise<unknown> =>
  (compiled ??= build({
    entryPoints: ['hand-tuned', 'tutorial', 'stores'].map((name) =>
      join(import.meta.dirname, 'servers', `${name}.ts`),
    ),
    outdir: BUILT,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    logLevel: 'error',
  }));

const programOf = async (name: ServerName): Promise<string> => {
  if (name === 'Portico') return builtProgram('server');
  await compile();
  return join(BUILT, `${name}.js`);
};

export interface RunningServer {
  readonly name: ServerName;
  readonly url: string;
  readonly pid: number;
  /** Milliseconds of CPU from the start of the process to the end of its first answer. */
  readonly startMs: number;
  stop(): Promise<void>;
}

/** Milliseconds of CPU that a process has used, all its threads together. */
export const cpuOf = async (pid: number): Promise<number> => {
  const tasks = `/proc/${String(pid)}/task`;
  const used = await Promise.all(
    (await readdir(tasks)).map(async (task) => {
      const [nanoseconds] = (await readFile(join(tasks, task, 'schedstat'), 'utf8')).split(' ');
      return Number(nanoseconds) / 1e6;
    }),
  );
  return used.reduce((sum, each) => sum + each, 0);
};

/** The process and those that it has started. */
export const processesOf = async (pid: number): Promise<readonly number[]> => {
  const children = await readFile(`/proc/${String(pid)}/task/${String(pid)}/children`, 'utf8');
  return [pid, ...children.split(' ').filter(Boolean).map(Number)];
};

/** Waits until a process has done what is left to be done after the answers, and returns its CPU until then. */
export const cpuAtRest = async (pid: number): Promise<number> => {
  const deadline = Date.now() + 5_000;
  let used = await cpuOf(pid);
  for (;;) {
    await wait(60);
    const now = await cpuOf(pid);
    if (now - used < 3 || Date.now() > deadline) return used;
    used = now;
  }
};

/** Resident memory in MiB. */
export const residentOf = async (pid: number): Promise<number> => {
  const status = await readFile(`/proc/${String(pid)}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
};

const answers = async (url: string): Promise<boolean> => {
  try {
    const response = await fetch(`${url}/products?limit=1`);
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
};

/** Starts a server on a free port; resolves when it has answered. Its log is in the folder. */
export const startServer = async (
  name: ServerName,
  environment: Readonly<Record<string, string>>,
  folder: string,
  nodeArgs: readonly string[] = [],
): Promise<RunningServer> => {
  const program = await programOf(name);
  const port = await freePort();
  const child = start(process.execPath, [...nodeArgs, program], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'],
      NODE_ENV: 'production',
      ...environment,
      HOST: '127.0.0.1',
      PORT: String(port),
    },
    stdio: ['ignore', 'ignore', openSync(join(folder, `${name}.log`), 'a')],
  });
  const { pid = 0 } = child;
  const ended = new Promise<void>((resolve) =>
    child.once('exit', () => {
      resolve();
    }),
  );
  const url = `http://127.0.0.1:${String(port)}`;
  while (!(await answers(url))) {
    if (child.exitCode !== null) throw new Error(`${name} has ended with ${String(child.exitCode)}`);
    await wait(10);
  }
  const startMs = await cpuOf(pid);
  return {
    ...{ name, url, pid, startMs },
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
};
