import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Logger } from 'pino';
import { connect } from '#src/platform/database/connect.js';
import { nameOfHost, parseDatabaseUrl } from '#src/platform/database/database-url.js';
import { filesOf, requireWritableFile } from '#src/platform/database/require-writable.js';
import { behindLinks, closeToOthers, requireClosedFolder } from '#src/platform/private-files.js';
import type { Config } from './config/index.js';
import { memoryPersistence } from './persistence/memory-persistence.js';
import type { Persistence, ReplaceRepositories } from './persistence/persistence.js';
import { sequelizePersistence } from './persistence/sequelize-persistence.js';
import { keyFilesIn } from './signing-keys.js';

/** Creates the folder of an embedded database, and removes other users' rights from the files of earlier versions. */
export const openFolder = (file: string, logger: Logger): void => {
  const folder = dirname(file);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`DATABASE_URL names a file in a folder that can't be created: ${reason}`, {
      cause: error,
    });
  }
  requireClosedFolder(folder);
  const target = behindLinks(file);
  requireClosedFolder(dirname(target)); // the journals are created there
  closeToOthers([...filesOf(target), ...keyFilesIn(folder)], logger);
  requireWritableFile(target);
};

/** Opens the configured store; reads and writes nothing yet. */
export const openPersistence = (
  { database, currency, contexts }: Config,
  replaceRepositories: ReplaceRepositories,
  logger: Logger,
): Persistence => {
  if (database.url === 'memory:') return memoryPersistence({}, replaceRepositories);
  const location = parseDatabaseUrl(database.url);
  if (location.kind === 'sqlite') openFolder(location.file, logger);
  const sequelize = connect({
    ...database,
    currency: currency.code,
    contexts,
    onHostAway: (host, err) => {
      logger.warn(
        { host: nameOfHost(host), err },
        'a host of the database is unreachable; trying the others',
      );
    },
  });
  return sequelizePersistence(sequelize, currency, replaceRepositories, {
    onMigrated: (migrations) => {
      logger.info({ migrations: migrations.length, latest: migrations.at(-1) }, 'schema migrated');
    },
    onKeyless: (keyless) => {
      logger.warn(keyless, 'these rows have no unique key; see docs/operations.md');
    },
  });
};
