import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Sequelize } from 'sequelize';
import { asOutage, isNotWritable } from './database-errors.js';

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Returns the files of an embedded database, named as SQLite names them; some may not exist. */
export const filesOf = (file: string): readonly string[] =>
  ['', '-wal', '-shm', '-journal'].map((suffix) => `${file}${suffix}`);

/**
 * Throws if this process can't write the file of an embedded database or can't create files next to it. SQLite silently opens
 * such a file and fails at the first write. The check uses the operating system, so that root, too, notices a read-only file
 * system and an immutable file.
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
 * Throws if the database accepts no writes: a standby, a read-only server, or a user who may only read. Writes a value that is
 * already stored.
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
    if (asOutage(error) === null) throw error; // otherwise it is busy, say, or its disk is full: it may accept writes later
  }
};
