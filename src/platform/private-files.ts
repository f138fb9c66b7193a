import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  linkSync,
  mkdirSync,
  openSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Logger } from 'pino';

/** Rights of users who neither own a file nor belong to its group. */
const OTHERS = 0o007;
const OTHERS_WRITE = 0o002;

/** Returns the rights to a file; none if it is missing, and on Windows, where Node invents them. */
const rightsOf = (path: string): number =>
  process.platform === 'win32' ? 0 : (statSync(path, { throwIfNoEntry: false })?.mode ?? 0);

/**
 * Gives only the owner rights to the files that this process creates from now on, including those of libraries, diagnostic
 * reports and heap snapshots. For programs only: an embedding process chooses its own umask.
 */
export const writePrivately = (): void => void process.umask(0o077);

/**
 * Creates an empty file that only its owner may read, whatever the umask. Does not open a file that exists: closing it would
 * release the locks that this process has on it (fcntl).
 */
export const createPrivately = (file: string): void => {
  try {
    closeSync(openSync(file, 'wx', 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
};

/**
 * Removes all rights but the owner's from files to which all users have some, and logs a warning: such rights come from the usual
 * umask, not from a decision. Rights of the group alone stay: an administrator has granted them.
 */
export const closeToOthers = (files: readonly string[], logger: Logger): void => {
  for (const file of files.filter((each) => (rightsOf(each) & OTHERS) !== 0)) {
    try {
      chmodSync(file, 0o600);
      logger.warn({ file }, 'the file was accessible to every user of this machine; now only to its owner');
    } catch (err) {
      logger.warn({ file, err }, 'the file is accessible to every user of this machine: run chmod 600 on it');
    }
  }
};

/**
 * Throws if all users may create files in the folder: a planted signing key would sign tokens, and SQLite would apply a planted
 * journal to the database. The sticky bit prevents neither. `variable` is the one that names the folder.
 */
export const requireClosedFolder = (folder: string, variable = 'DATABASE_URL'): void => {
  if ((rightsOf(folder) & OTHERS_WRITE) === 0) return;
  throw new Error(
    `the folder ${folder} is writable by every user of this machine, who could add a signing key: run chmod o-w on it, or name another folder in ${variable}`,
  );
};

/**
 * Stores a new file that only its owner may read, whole or not at all. If there is one, it stays as it is: of several processes
 * that store it at once, one creates it. Creates the folder. `variable` is the one that names the folder.
 */
export const storePrivately = (file: string, text: string, variable?: string): void => {
  const folder = dirname(file);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  requireClosedFolder(folder, variable);
  // Not by the process id: containers with a common folder may all be process number 1.
  const draft = `${file}.${randomUUID()}`;
  writeFileSync(draft, text, { mode: 0o600, flag: 'wx' });
  try {
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft);
  }
};

/** Returns the file that a path refers to after all symbolic links, even if it does not exist yet. */
export const behindLinks = (path: string, mostLinks = 40): string => {
  try {
    return realpathSync(path);
  } catch {
    // The path or the link's target does not exist yet.
  }
  try {
    return mostLinks === 0 ? path : behindLinks(resolve(dirname(path), readlinkSync(path)), mostLinks - 1);
  } catch {
    return path;
  }
};
