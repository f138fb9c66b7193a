import { existsSync } from 'node:fs';
import type { Sequelize } from 'sequelize';

/**
 * Moves all that was committed from the journal of an embedded database into its one file, so that a copy of that file alone is
 * whole. SQLite does so itself as the last connection closes; libsql closes when a statement is collected, so never at the end of
 * a process. What can't be moved, because another process uses the file, say, stays in the journal, which the next start reads.
 */
export const checkpoint = async (sequelize: Sequelize): Promise<void> => {
  const { storage } = sequelize.options;
  if (sequelize.getDialect() !== 'sqlite' || storage === undefined || !existsSync(storage)) return;
  await sequelize.query('PRAGMA wal_checkpoint(TRUNCATE)').catch(() => undefined);
};
