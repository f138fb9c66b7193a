import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { constants, setPriority } from 'node:os';
import { failDatabase } from './database-errors.js';

/** What a reading process is told. */
export interface Order {
  readonly file: string;
  readonly sql: string;
}

/** What a reading process says: first of all that it can begin, then the answer to each order. */
export type Word =
  | { readonly ready: true }
  | { readonly rows: readonly unknown[] }
  | { readonly error: { readonly message: string; readonly code: string } };

/** Bounds are in milliseconds. */
export interface SqliteReaderOptions {
  readonly file: string;
  /** How long a statement waits for a process before it is refused as `busy`. */
  readonly acquireTimeoutMs: number;
  /** How long a statement may run. */
  readonly statementTimeoutMs: number;
  /** Maximum number of statements that run at once, each in a process of its own. */
  readonly concurrent?: number;
  /** The module that the processes run. */
  readonly module?: URL;
}

/** Reads a SQLite file in processes of its own. */
export interface SqliteReader {
  /**
   * Returns the rows of a SELECT. Fails with the code SQLITE_INTERRUPT when it takes too long, and with
   * PORTICO_READER_ENDED when its process ends.
   */
  read(sql: string): Promise<readonly unknown[]>;
  /** Ends the processes; what is under way fails. */
  close(): Promise<void>;
}

interface Job {
  readonly sql: string;
  readonly resolve: (rows: readonly unknown[]) => void;
  readonly reject: (error: Error) => void;
  timer: NodeJS.Timeout;
}

/** A process and the job that it works on. */
interface Reading {
  readonly child: ChildProcess;
  isReady: boolean;
  job: Job | null;
}

const failure = (code: string, message: string, cause?: unknown): Error =>
  Object.assign(new Error(`${code}: ${message}`, { cause }), { code });

const ended = (cause?: unknown): Error =>
  failure('PORTICO_READER_ENDED', 'the process that reads has ended', cause);

const isSource = import.meta.url.endsWith('.ts');
const MODULE = new URL(`./sqlite-reader-process.${isSource ? 'ts' : 'js'}`, import.meta.url);

const start = (module: URL): ChildProcess =>
  fork(module, {
    // From source it needs the loader of this process; otherwise nothing, least of all the port of a debugger.
    execArgv: isSource ? process.execArgv : [],
    // Standard output and error are for what this process says: JSON lines, one each.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });

/** The machine may have one core for all of them: the requests of others go first. */
const lowerPriority = ({ pid }: ChildProcess): void => {
  try {
    if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // It has ended already, or the system forbids it.
  }
};

/** Whether this process waits for the other one before it ends. */
const hold = ({ child }: Reading, held: boolean): void => {
  const change = held ? 'ref' : 'unref';
  child[change]();
  child.channel?.[change]();
};

/** Makes a reader. Its processes are started when they are first needed, and replaced when they end. */
export const sqliteReader = ({
  file,
  acquireTimeoutMs,
  statementTimeoutMs,
  concurrent = 2,
  module = MODULE,
}: SqliteReaderOptions): SqliteReader => {
  const waiting: Job[] = [];
  const readings = new Set<Reading>();
  let closed = false;

  const finish = (reading: Reading, how: (job: Job) => void): void => {
    const { job } = reading;
    reading.job = null;
    if (waiting.length === 0) hold(reading, false);
    if (job === null) return;
    clearTimeout(job.timer);
    how(job);
  };

  const startReading = (): void => {
    const reading: Reading = { child: start(module), isReady: false, job: null };
    readings.add(reading);
    const end = (cause: unknown): void => {
      if (!readings.delete(reading)) return;
      reading.child.kill('SIGKILL');
      // One that could not even begin takes a job with it: those that follow might fare no better, for ever.
      if (!reading.isReady) reading.job = waiting.shift() ?? null;
      finish(reading, ({ reject }) => {
        reject(ended(cause));
      });
      startNext();
    };
    reading.child.on('message', (word: Word) => {
      if ('ready' in word) {
        reading.isReady = true;
        lowerPriority(reading.child);
      }
      finish(reading, ({ resolve, reject }) => {
        if ('rows' in word) resolve(word.rows);
        if ('error' in word) reject(failure(word.error.code, word.error.message));
      });
      startNext();
    });
    reading.child.on('error', end);
    reading.child.on('exit', (code, signal) => {
      end(new Error(`exit code ${String(code)}, signal ${String(signal)}`));
    });
  };

  /** SQLite can't be asked to stop from here. The turn is over when the process has ended: nobody reads beside it. */
  const giveUp = (job: Job, { child }: Reading): void => {
    job.reject(failure('SQLITE_INTERRUPT', 'the statement took too long'));
    child.kill('SIGKILL');
  };

  const work = (reading: Reading, job: Job): void => {
    clearTimeout(job.timer);
    job.timer = setTimeout(() => {
      giveUp(job, reading);
    }, statementTimeoutMs);
    reading.job = job;
    hold(reading, true);
    reading.child.send({ file, sql: job.sql } satisfies Order);
  };

  const startNext = (): void => {
    if (closed) return;
    for (const reading of readings) {
      if (!reading.isReady || reading.job !== null) continue;
      const job = waiting.shift();
      if (job === undefined) return;
      work(reading, job);
    }
    const starting = [...readings].filter(({ isReady }) => !isReady).length;
    for (let more = waiting.length - starting; more > 0 && readings.size < concurrent; more -= 1)
      startReading();
  };

  return {
    read: (sql) =>
      new Promise((resolve, reject) => {
        if (closed) {
          reject(ended());
          return;
        }
        const timer = setTimeout(() => {
          waiting.splice(waiting.indexOf(job), 1);
          reject(failDatabase('busy'));
        }, acquireTimeoutMs);
        const job: Job = { sql, resolve, reject, timer };
        waiting.push(job);
        startNext();
      }),
    close: async () => {
      closed = true;
      for (const { timer, reject } of waiting.splice(0)) {
        clearTimeout(timer);
        reject(ended());
      }
      const exits = [...readings].map(({ child }) => once(child, 'exit'));
      for (const reading of readings) {
        hold(reading, true);
        reading.child.kill('SIGKILL');
      }
      await Promise.all(exits);
    },
  };
};
