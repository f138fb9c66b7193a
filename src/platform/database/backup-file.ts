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

/** How long a copy waits while another process holds the whole file, as at the end of a checkpoint. */
const BUSY_TIMEOUT_MS = 10_000;

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

/** Waits until a file or folder is on the disk. Windows can do so only with what is open for writing. */
const sync = (path: string): void => {
  if (process.platform === 'win32') return;
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
};

/** Throws unless the file is a database of a shop, whole as far as SQLite can tell. */
const requireShop = (database: Libsql.Database): void => {
  const tables = database
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'shop_settings'")
    .all();
  if (tables.length === 0) throw new Error('it holds no shop');
  const [found] = database.prepare('PRAGMA integrity_check(1)').all() as { integrity_check: string }[];
  if (found?.integrity_check !== 'ok') throw new Error(`it is damaged: ${String(found?.integrity_check)}`);
};

/**
 * Copies the database of a shop as it is at one moment, whatever other processes write meanwhile, and waits until the copy is on the
 * disk. The copy is a file that only its owner may read. Throws if there is such a file already.
 */
const copyShop = (from: string, to: string): void => {
  closeSync(openSync(to, 'wx', 0o600)); // SQLite writes into an empty file, and would create one by the umask
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
  if (code === 'EEXIST') return new Error(`${to} exists, and nothing is overwritten: name another file`);
  if (isMissing(error)) return new Error(`the folder of ${to} does not exist`);
  return new Error(`${what} can't be copied to ${to}: ${reasonOf(error)}`, { cause: error });
};

/** Throws if `to` is where SQLite would look for a journal of the database `file`: a shop that runs could write no more. */
const requireOwnName = (file: string, to: string): void => {
  const place = join(realpathSync(dirname(to)), basename(to));
  if (filesOf(realpathSync(file)).slice(1).includes(place))
    throw new Error('that name belongs to a journal of the database; name another file');
};

/** Throws if a journal is there already that SQLite would play into the database `file`, which is still to be created. */
const requireNoJournal = (file: string): void => {
  const present = filesOf(file)
    .slice(1)
    .filter((each) => existsSync(each));
  if (present.length > 0) throw new Error(`move away ${present.join(' and ')}, or name another file`);
};

/** Copies the database `file` of a shop, which may run, to `to`. Throws an Error of one line that says what is wrong. */
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
 * Puts a copy of the backup `from` in the place of the database `file`, whole or not at all. Throws if anything is there: also a journal,
 * which SQLite would play into what is restored.
 */
export const restoreFile = (from: string, file: string): void => {
  requireFile(from);
  const present = filesOf(file).filter((each) => existsSync(each));
  if (present.length > 0)
    throw new Error(`nothing is overwritten: stop the shop, and move away ${present.join(' and ')}`);
  const draft = `${file}.restored-${String(process.pid)}`;
  try {
    copyShop(from, draft);
    try {
      linkSync(draft, file); // fails if a shop has been started meanwhile
      sync(dirname(file));
    } finally {
      rmSync(draft);
    }
  } catch (error) {
    throw complain(error, from, file);
  }
};
