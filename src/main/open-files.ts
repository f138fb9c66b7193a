import { readFileSync } from 'node:fs';

/** Minimum limit of open files with which the shop can start and serve a few clients. */
export const NEEDED_OPEN_FILES = 256;

/** Files that are not client connections: the database's, its server's connections, the log. */
const RESERVED = 256;

/** Returns the limit of open files of this process; Infinity if the system does not report one. */
export const limitOfOpenFiles = (): number => {
  try {
    const [, soft] = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return soft === undefined ? Infinity : Number(soft);
  } catch {
    return Infinity; // not Linux
  }
};

/**
 * Returns the number of client connections for which there are file descriptors. With none left, the process could neither open
 * its database nor refuse a client.
 */
export const connectionsWithinOpenFiles = (limit = limitOfOpenFiles()): number =>
  Math.max(limit - RESERVED, Math.floor(limit / 2));
