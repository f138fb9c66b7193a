import { memoryPersistence } from '#src/main/persistence/memory-persistence.js';
import type { Persistence, Repositories } from '#src/main/persistence/persistence.js';
import { sequelizePersistence } from '#src/main/persistence/sequelize-persistence.js';
import { onEverySqlDatabase, openSqlDatabase } from './databases.js';
import type { OpenSubject } from './subject.js';

export const USD = { code: 'USD', digits: 2 };

/** Contracts look at all that a store has, also where no query reads it outside of a transaction. */
const asSubject = ({ transact, outside, close }: Pick<Persistence, 'transact' | 'outside' | 'close'>) => ({
  transact,
  outside: outside as Repositories,
  close,
});

/**
 * Declares the same suite for every store that a shop can run on: memory, SQLite, MariaDB, PostgreSQL. A store that is
 * missing here is skipped by name, and fails on CI.
 */
export const forEachPersistence = (body: (name: string, open: OpenSubject<Repositories>) => void): void => {
  describe('Stores on memory', () => {
    body('memory', () => Promise.resolve(asSubject(memoryPersistence())));
  });
  onEverySqlDatabase('Stores', (name) => {
    body(name, async ({ connections }) => {
      const database = await openSqlDatabase(name, { connections });
      return asSubject({ ...sequelizePersistence(database.sequelize, USD), close: () => database.close() });
    });
  });
};
