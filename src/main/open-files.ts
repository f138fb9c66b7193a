import { readFileSync } from 'node:fs';

/** How many files the shop has to be allowed, to start and to serve a few. */
export const NEEDED_OPEN_FILES = 256;

/** Files that are no connections of clients: those of the database, its server's connections, the log. */
const RESERVED = 256;

/** Returns how many files this process may have open; Infinity where the system does not say. */
export const limitOfOpenFiles = (): number => {
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
export const connectionsWithinOpenFiles = (limit = limitOfOpenFiles()): number =>
  Math.max(limit - RESERVED, Math.floor(limit / 2));
