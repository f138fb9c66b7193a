import { existsSync } from 'node:fs';
import type { Sequelize } from 'sequelize';

/**
 * Moves everything that was committed from the journal of an embedded database into its main file, so that a copy of that file
 * alone is complete. SQLite does so itself when the last connection closes; libsql closes when a statement is collected, so never
 * at the end of a process. What can't be moved, for example because another process uses the file, stays in the journal, which
 * the next start reads.
 */
export const checkpoint = async (sequelize: Sequelize): Promise<void> => {
  const { storage } = sequelize.options;
  if (sequelize.getDialect() !== 'sqlite' || storage === undefined || !existsSync(storage)) return;
  await sequelize.query('PRAGMA wal_checkpoint(TRUNCATE)').catch(() => undefined);
};
