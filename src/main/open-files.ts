import { readFileSync } from 'node:fs';

/** Files that are no connections of clients: those of the database, its server's connections, the log. */
const RESERVED = 256;

const limitOfProcess = (): number => {
  try {
    const [, soft] = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return soft === undefined ? Infinity : Number(soft);
  } catch {
    return Infinity; // not Linux
  }
};

/**
 * Returns for how many connections of clients there are file descriptors. With none left, the process could neither open its
 * database nor refuse anybody.
 */
export const connectionsWithinOpenFiles = (limit = limitOfProcess()): number =>
  Math.max(limit - RESERVED, Math.floor(limit / 2));
