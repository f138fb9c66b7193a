import { mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { backUpFile, restoreFile } from '#src/platform/database/backup-file.js';
import { parseDatabaseUrl } from '#src/platform/database/database-url.js';
import { requireClosedFolder } from '#src/platform/private-files.js';
import type { Config } from './config/index.js';

const fileOf = ({ database }: Config): string => {
  const location = database.url === 'memory:' ? null : parseDatabaseUrl(database.url);
  if (location?.kind !== 'sqlite')
    throw new Error(
      'only the embedded database is a file: back up a database server with its own tools (docs/operations.md)',
    );
  return location.file;
};

/** Copies the embedded database to a file, also while the shop runs. */
const backUp = (config: Config, name: string): string => {
  const [file, to] = [fileOf(config), resolve(name)];
  backUpFile(file, to);
  return `${to} is a backup of ${file}, without the signing keys`;
};

/** Creates an embedded database from a backup, if there is none yet. */
const restore = (config: Config, name: string): string => {
  const [file, from] = [fileOf(config), resolve(name)];
  const folder = dirname(file);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  requireClosedFolder(folder);
  restoreFile(from, file);
  return `${file} is restored from ${from}; signing keys are not part of a backup, so all clients have to refresh or log in again`;
};

const COMMANDS: Readonly<Record<string, (config: Config, name: string) => string>> = {
  backup: backUp,
  restore,
};

/** The first words of the commands that work on files. */
export const FILE_COMMANDS: readonly string[] = Object.keys(COMMANDS);

/**
 * Returns the command on files that these arguments name, or null. Such a command neither needs a migrated database nor creates
 * one.
 */
export const fileCommand = (typed: readonly string[]): ((config: Config) => string) | null => {
  const [word = '', name = ''] = typed;
  const command = Object.hasOwn(COMMANDS, word) ? COMMANDS[word] : undefined;
  return command === undefined || typed.length !== 2 || name === ''
    ? null
    : (config) => command(config, name);
};
