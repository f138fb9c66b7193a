import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { BACKEND_NAMES, SERVICE_NAMES, type ServiceName } from '#src/main/services.js';
import { build } from '../../scripts/build.mjs';
import { start } from './started-processes.js';
import { freePort } from './throwaway-server.js';

const ROOT = join(import.meta.dirname, '..', '..');

let built: Promise<void> | undefined;
let typed: Promise<void> | undefined;

export type ProgramName = 'server' | 'start-services' | 'admin' | 'rotate-keys';

/** The built programs, brought up to date once in a test run. */
export const builtProgram = async (name: ProgramName): Promise<string> => {
  await (built ??= build());
  return join(ROOT, 'dist', 'src', 'main', `${name}.js`);
};

/** The built package with its declarations, brought up to date once in a test run. */
export const builtPackage = (): Promise<void> => (typed ??= build({ types: true }));

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningProgram {
  readonly process: ChildProcess;
  /** Returns all output so far. */
  stdout(): string;
  stderr(): string;
  /** Waits until standard output matches; rejects when the program ends first. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
  ended: Promise<Ended>;
}

export interface ProgramOptions {
  readonly cwd: string;
  readonly environment?: Record<string, string>;
  /** Limit of open files; this process's by default. */
  readonly openFiles?: number;
  /** In octal; this process's by default. */
  readonly umask?: string;
}

/** Runs a built program in `cwd`, with nothing in its environment but PATH and `environment`. */
export const runProgram = async (
  name: ProgramName,
  { cwd, environment = {}, args = [], openFiles, umask }: ProgramOptions & { args?: string[] },
): Promise<RunningProgram> => {
  const program = [process.execPath, await builtProgram(name), ...args];
  const limited = openFiles === undefined ? '' : `ulimit -n ${String(openFiles)} && `;
  const masked = umask === undefined ? '' : `umask ${umask} && `;
  const child = start('/bin/sh', ['-c', `${limited}${masked}exec "$@"`, 'sh', ...program], {
    cwd,
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = once(child, 'close').then(([code, signal]: unknown[]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
    stdout,
    stderr,
  }));
  const says = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const match = pattern.exec(stdout);
        if (match !== null) resolve(match);
      };
      child.stdout.on('data', look);
      look();
      void ended.then(({ code }) => {
        reject(new Error(`${name} ended with ${String(code)} before it said ${String(pattern)}: ${stderr}`));
      });
    });
  return { process: child, stdout: () => stdout, stderr: () => stderr, says, ended };
};

export interface RunningShop extends RunningProgram {
  readonly url: string;
  /** SIGTERM, then how it ended. */
  stop(): Promise<Ended>;
}

/** A process of the tests has no balancer that would have to notice its end. */
const QUICK = {
  HOST: '127.0.0.1',
  PORT: '0',
  RATE_LIMITS: 'off',
  SHUTDOWN_DELAY: '0',
  // So that the tests of one server can be run against several workers: TEST_WORKERS=2 npx mocha …
  ...(process.env['TEST_WORKERS'] !== undefined && { WORKERS: process.env['TEST_WORKERS'] }),
};

/** The built server on a free port and without limits to what is asked of it, once it says that it is open. */
export const startServer = async (options: ProgramOptions): Promise<RunningShop> => {
  const program = await runProgram('server', {
    ...options,
    environment: { ...QUICK, ...options.environment },
  });
  const [, port = ''] = await program.says(/open at http:\/\/localhost:(\d+)/);
  return {
    ...program,
    url: `http://127.0.0.1:${port}`,
    stop: () => {
      program.process.kill('SIGTERM');
      return program.ended;
    },
  };
};

/** Free ports of five services on this machine, and the variables that name them. */
export const freePorts = async () => {
  const free = await Promise.all(SERVICE_NAMES.map(async (name) => [name, await freePort()] as const));
  const ports = Object.fromEntries(free) as Readonly<Record<ServiceName, number>>;
  const urls = BACKEND_NAMES.map((name) => [
    `${name.toUpperCase()}_URL`,
    `http://127.0.0.1:${String(ports[name])}`,
  ]);
  return { ports, variables: { ...QUICK, PORT: String(ports.gateway), ...Object.fromEntries(urls) } };
};

/** The built services on free ports and without limits to what is asked of them, once they say that they are open. */
export const startServices = async (options: ProgramOptions): Promise<RunningShop> => {
  const { ports, variables } = await freePorts();
  const program = await runProgram('start-services', {
    ...options,
    environment: { ...variables, ...options.environment },
  });
  await program.says(/open at/);
  return {
    ...program,
    url: `http://127.0.0.1:${String(ports.gateway)}`,
    stop: () => {
      program.process.kill('SIGTERM');
      return program.ended;
    },
  };
};
