import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Sequelize } from 'sequelize';
import { asOutage, isNotWritable } from './database-errors.js';

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The files of an embedded database, by the names that SQLite gives them; not all are always there. */
export const filesOf = (file: string): readonly string[] =>
  ['', '-wal', '-shm', '-journal'].map((suffix) => `${file}${suffix}`);

/**
 * Throws when this process can't write the file of an embedded database or can't create files beside it. SQLite opens such a file
 * without a word and fails at the first write. The system is asked, so that a file system that is read-only and an immutable file
 * are noticed also by root.
 */
export const requireWritableFile = (file: string): void => {
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory() === true)
    throw new Error(`DATABASE_URL names a folder, not a file: ${file}`);
  try {
    accessSync(dirname(file), constants.W_OK | constants.X_OK);
    for (const each of filesOf(file))
      if (statSync(each, { throwIfNoEntry: false }) !== undefined)
        accessSync(each, constants.R_OK | constants.W_OK);
  } catch (error) {
    throw new Error(`DATABASE_URL names a file that can't be written, ${file}: ${reasonOf(error)}`, {
      cause: error,
    });
  }
};

/**
 * Throws when the database takes no writes: a standby, a server that is read-only, or a user who may only read. Writes what is there
 * already.
 */
export const requireWritable = async (sequelize: Sequelize): Promise<void> => {
  const quote = (name: string): string => sequelize.getQueryInterface().quoteIdentifier(name);
  const [name, value] = [quote('name'), quote('value')];
  try {
    await sequelize.query(`UPDATE shop_settings SET ${value} = ${value} WHERE ${name} = 'currency'`);
  } catch (error) {
    if (isNotWritable(error))
      throw new Error(`DATABASE_URL names a database that can't be written: ${reasonOf(error)}`, {
        cause: error,
      });
    if (asOutage(error) === null) throw error; // else it is busy, say, or its disk is full: it may be written later
  }
};
