import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import type { Sequelize } from 'sequelize';

/** A connection of libsql-dialect.ts, which Sequelize marks with the id of the transaction that it is of. */
interface Connection {
  readonly uuid?: string;
  readonly inTransaction: boolean;
}

/** Sequelize's, as far as it opens and closes the file. Not in its types. */
interface ConnectionManager {
  /** Those that are open, by transaction. Sequelize closes them when it is closed itself. */
  readonly connections: Record<string, Connection>;
  getConnection(options?: { readonly uuid?: string }): Promise<Connection>;
  releaseConnection(connection: Connection): void;
}

const IDLE = 'idle';

/**
 * Keeps the connection of one transaction for the next one, which Sequelize would open anew: that takes longer than most
 * transactions, and what it has prepared would be lost. There is one writer at a time, so one is kept.
 */
export const keepWriter = (sequelize: Sequelize): void => {
  const manager = sequelize.connectionManager as unknown as ConnectionManager;
  const open = manager.getConnection.bind(manager);
  const close = manager.releaseConnection.bind(manager);

  manager.getConnection = async (options = {}) => {
    const { uuid } = options;
    const idle = manager.connections[IDLE];
    if (uuid === undefined || idle === undefined) return open(options);
    Reflect.deleteProperty(manager.connections, IDLE);
    manager.connections[uuid] = idle;
    // libsql returns at once, so that whole transactions run in microtasks, and no other request would be served meanwhile.
    await turnOfTheLoop();
    return idle;
  };
  manager.releaseConnection = (connection) => {
    const { uuid, inTransaction } = connection;
    if (uuid === undefined || inTransaction || IDLE in manager.connections) {
      close(connection);
      return;
    }
    Reflect.deleteProperty(manager.connections, uuid);
    manager.connections[IDLE] = connection;
  };
};
