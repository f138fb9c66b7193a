import { chmodSync, closeSync, openSync, statSync } from 'node:fs';
import type { Logger } from 'pino';

/** Rights of those who are neither the owner of a file nor of its group. */
const OTHERS = 0o007;
const OTHERS_WRITE = 0o002;

const rightsOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.mode ?? 0;

/**
 * Keeps from others than the owner whatever this process creates from now on, libraries, diagnostic reports and heap snapshots
 * included. For programs: in a process of somebody else it would change their files.
 */
export const writePrivately = (): void => void process.umask(0o077);

/**
 * Creates an empty file that only its owner may read, whatever the umask. Leaves one that is there alone, unopened: closing it
 * would end the locks that this process has on it (fcntl).
 */
export const createPrivately = (file: string): void => {
  try {
    closeSync(openSync(file, 'wx', 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
};

/**
 * Takes every right from others than the owner where everybody has some, with a warning: that is what the usual umask makes of
 * a file that nobody has thought about. Rights of the group alone stay, since somebody has given them.
 */
export const closeToOthers = (files: readonly string[], logger: Logger): void => {
  for (const file of files.filter((each) => (rightsOf(each) & OTHERS) !== 0)) {
    try {
      chmodSync(file, 0o600);
      logger.warn({ file }, 'everybody on this machine had rights to the file; now only its owner has');
    } catch (err) {
      logger.warn({ file, err }, 'everybody on this machine has rights to the file: chmod 600 it');
    }
  }
};

/** Warns of a folder in which everybody may put files. */
export const warnOfOpenFolder = (folder: string, logger: Logger): void => {
  if ((rightsOf(folder) & OTHERS_WRITE) !== 0)
    logger.warn({ folder }, 'everybody on this machine may put files into the folder: chmod o-w it');
};
