import { write, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Bytes that are written together: one write costs as much CPU as thirty lines. */
const TOGETHER = 8 * 1024;
/** How long a line waits for further ones to be written with. */
const WAIT_MS = 50;
/** How long a full pipe or disk is left alone, and how long at the end of the process. */
const PAUSE_MS = 100;
const RETRY_MS = 5;
/** Maximum time for which the end of the process waits for the file to accept the last lines. */
const PATIENCE_MS = 1000;
/** Maximum number of bytes that wait; further lines are dropped. */
const MAX_WAITING = 4 * 1024 * 1024;

/** A file, pipe or terminal to which lines are written in the background; see `logFile`. */
export interface LogFile {
  write(line: string): void;
  /** Resolves when every line is written, or the file has accepted none for a second. */
  settled(): Promise<void>;
}

/**
 * Returns a file that does not block the process: a full disk, or a reader that stalls, loses lines and has no other effect.
 * Lines are written together, by a thread of Node's. Those that still wait when the process exits, for whatever reason but
 * SIGKILL, are written then. (pino's own destination would never end if the disk is full then.)
 */
export const logFile = (fd: number): LogFile => {
  let lines: string[] = [];
  let waitingBytes = 0;
  /** Lines that are being written, or could not be written. */
  let chunk: Buffer | null = null;
  let isWriting = false;
  let failure: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  let deadline: number | undefined;

  const nextChunk = (): Buffer => {
    if (chunk !== null) return chunk;
    chunk = Buffer.from(lines.join(''));
    lines = [];
    return chunk;
  };
  const drop = (bytes: number): void => {
    waitingBytes -= bytes;
    chunk = chunk === null || bytes >= chunk.length ? null : chunk.subarray(bytes);
  };
  const startIn = (ms: number): void => {
    timer ??= setTimeout(start, ms).unref();
  };
  const start = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (isWriting || waitingBytes === 0) return;
    isWriting = true;
    write(fd, nextChunk(), (error, bytes) => {
      isWriting = false;
      failure = error === null ? undefined : error.code;
      if (error === null) drop(bytes);
      if (error !== null) startIn(PAUSE_MS);
      else if (chunk !== null || waitingBytes >= TOGETHER) start();
      else if (waitingBytes > 0) startIn(WAIT_MS);
    });
  };
  /** Returns whether the end of the process should wait: a full pipe may be read at any moment. */
  const isWorthWaiting = (): boolean =>
    waitingBytes > 0 &&
    (failure === undefined || failure === 'EAGAIN') &&
    performance.now() < (deadline ??= performance.now() + PATIENCE_MS);

  const writeRest = (): void => {
    // What is being written is finished by Node.
    if (isWriting) drop(chunk?.length ?? 0);
    while (isWorthWaiting()) {
      try {
        drop(writeSync(fd, nextChunk()));
      } catch (error) {
        failure = (error as NodeJS.ErrnoException).code ?? '';
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
      }
    }
  };
  process.prependListener('exit', writeRest);

  return {
    write: (line) => {
      const bytes = Buffer.byteLength(line);
      if (waitingBytes + bytes > MAX_WAITING) return;
      lines.push(line);
      waitingBytes += bytes;
      if (isWriting) return;
      if (waitingBytes >= TOGETHER && failure === undefined) start();
      else startIn(WAIT_MS);
    },
    settled: async () => {
      while (isWorthWaiting()) {
        start();
        await sleep(RETRY_MS);
      }
    },
  };
};
