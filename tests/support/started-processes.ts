import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';

/**
 * Kills process groups when its standard input ends. That is a pipe from this process: it ends when this process does,
 * however it does. The pipe carries the ids of the groups as they start and end.
 */
const WATCHDOG = `
  groups=
  while read -r what group; do
    case $what in
      started) groups="$groups $group " ;;
      ended) groups="\${groups%% $group *} \${groups#* $group }" ;;
    esac
  done
  for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
`;

const startWatchdog = (): ((message: string) => void) => {
  const watchdog = spawn('/bin/sh', ['-c', WATCHDOG], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true, // Ctrl-C must not end the watchdog before its work is done
  });
  watchdog.unref();
  (watchdog.stdin as unknown as Socket).unref();
  return (message) => watchdog.stdin.write(`${message}\n`);
};

interface Started {
  readonly running: Set<ChildProcess>;
  /** Those that had been started before the present test began. */
  before: ReadonlySet<ChildProcess>;
  tellWatchdog?: (message: string) => void;
}

const KEY = Symbol.for('portico.tests.started');

/** Shared by the copies of this module: mocha loads it by `require`, and test files that need `import` load it once more. */
const started = ((globalThis as Record<symbol, Started | undefined>)[KEY] ??= {
  running: new Set(),
  before: new Set(),
});

/** Kills a process with all that it has started; most often none of them is left. */
const killGroup = (group: number): void => {
  try {
    process.kill(-group, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
};

/**
 * Starts a process as `spawn` does, in a process group of its own. It ends with the test that started it, or with the file of
 * tests if a hook did, and in any case when this process ends. What it has started itself ends with it.
 */
export const start = ((command: string, args: readonly string[], options: object) => {
  const child = spawn(command, args, { ...options, detached: true });
  const { pid } = child;
  if (pid === undefined) return child; // it emits an error
  const tellWatchdog = (started.tellWatchdog ??= startWatchdog());
  tellWatchdog(`started ${String(pid)}`);
  started.running.add(child);
  child.once('exit', () => {
    started.running.delete(child);
    killGroup(pid);
    tellWatchdog(`ended ${String(pid)}`);
  });
  return child;
}) as typeof spawn;

const kill = async (children: readonly ChildProcess[]): Promise<void> => {
  await Promise.all(
    children.map(async (child) => {
      const exit = once(child, 'exit');
      killGroup(child.pid ?? 0);
      await exit;
    }),
  );
};

/** Kills what the present test has started and what has not ended yet. Happens after every test in any case. */
export const killStarted = (): Promise<void> =>
  kill([...started.running].filter((child) => !started.before.has(child)));

/** Hooks of every test file: .mocharc.json names this module. */
export const mochaHooks = {
  beforeEach: (): void => {
    started.before = new Set(started.running);
  },
  afterEach: killStarted,
  afterAll: (): Promise<void> => kill([...started.running]),
};

/** Ends the run when the program that started it has ended: of the signals that mocha gets, it passes only SIGINT on to the process that runs the tests. */
export const mochaGlobalSetup = (): void => {
  const parent = process.ppid;
  const look = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(look);
    process.kill(process.pid, 'SIGINT');
  }, 200).unref();
};
