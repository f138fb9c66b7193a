import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  realpathSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import Libsql from 'libsql';
import { filesOf } from './require-writable.js';

/** How long a copy waits while another process has locked the whole file, as at the end of a checkpoint. */
const BUSY_TIMEOUT_MS = 10_000;

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

/** Waits until a file or folder is on the disk. Windows can do so only with a file that is open for writing. */
const sync = (path: string): void => {
  if (process.platform === 'win32') return;
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
};

/** Throws unless the file is a shop's database, undamaged as far as SQLite can tell. */
const requireShop = (database: Libsql.Database): void => {
  const tables = database
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'shop_settings'")
    .all();
  if (tables.length === 0) throw new Error('it contains no shop');
  const [found] = database.prepare('PRAGMA integrity_check(1)').all() as { integrity_check: string }[];
  if (found?.integrity_check !== 'ok') throw new Error(`it is damaged: ${String(found?.integrity_check)}`);
};

/**
 * Copies a shop's database as it is at one moment, whatever other processes write meanwhile, and waits until the copy is on the
 * disk. Only the owner may read the copy. Throws if the file exists already.
 */
const copyShop = (from: string, to: string): void => {
  closeSync(openSync(to, 'wx', 0o600)); // SQLite writes into an empty file; it would create one with the rights of the umask
  try {
    const database = new Libsql(from, { timeout: BUSY_TIMEOUT_MS });
    try {
      requireShop(database);
      database.prepare('VACUUM INTO ?').run(to);
    } finally {
      database.close();
    }
    sync(to); // VACUUM INTO does not
    sync(dirname(to));
  } catch (error) {
    rmSync(to, { force: true });
    throw error;
  }
};

const requireFile = (file: string): void => {
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true)
    throw new Error(`there is no file ${file}`);
};

const complain = (error: unknown, what: string, to: string): Error => {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EEXIST') return new Error(`${to} already exists and is not overwritten: choose another file`);
  if (isMissing(error)) return new Error(`the folder of ${to} does not exist`);
  return new Error(`${what} can't be copied to ${to}: ${reasonOf(error)}`, { cause: error });
};

/** Throws if `to` is where SQLite looks for a journal of the database `file`: a running shop could no longer write. */
const requireOwnName = (file: string, to: string): void => {
  const place = join(realpathSync(dirname(to)), basename(to));
  if (filesOf(realpathSync(file)).slice(1).includes(place))
    throw new Error('that is the name of a journal of the database; choose another file');
};

/** Throws if there is already a journal that SQLite would apply to the database `file`, which does not exist yet. */
const requireNoJournal = (file: string): void => {
  const present = filesOf(file)
    .slice(1)
    .filter((each) => existsSync(each));
  if (present.length > 0) throw new Error(`move away ${present.join(' and ')}, or name another file`);
};

/** Copies the database `file` of a shop, which may be running, to `to`. Throws an Error of one line that names the problem. */
export const backUpFile = (file: string, to: string): void => {
  requireFile(file);
  try {
    requireOwnName(file, to);
    requireNoJournal(to);
    copyShop(file, to);
  } catch (error) {
    throw complain(error, file, to);
  }
};

/**
 * Copies the backup `from` to the database `file`, whole or not at all. Throws if anything exists there: also a journal, which
 * SQLite would apply to the restored database.
 */
export const restoreFile = (from: string, file: string): void => {
  requireFile(from);
  const present = filesOf(file).filter((each) => existsSync(each));
  if (present.length > 0)
    throw new Error(
      `existing files are not overwritten: stop the shop, and move away ${present.join(' and ')}`,
    );
  const draft = `${file}.restored-${String(process.pid)}`;
  try {
    copyShop(from, draft);
    try {
      linkSync(draft, file); // fails if a shop was started meanwhile
      sync(dirname(file));
    } finally {
      rmSync(draft);
    }
  } catch (error) {
    throw complain(error, from, file);
  }
};
