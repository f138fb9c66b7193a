import type { Sequelize } from 'sequelize';
import { isRefusedByNode } from './database-errors.js';
import type { Host } from './database-url.js';

/** Called when a host becomes unusable; once until it is usable again. */
export type OnHostAway = (host: Host, error: unknown) => void;

/** How long new connections avoid a host before one of them tests whether it is back. */
const SET_ASIDE_MS = 10_000;

type Callback = (error: Error | null, ...results: unknown[]) => void;

/** The part of a mysql2 connection that is used here. */
interface MysqlConnection {
  query(...args: [...unknown[], Callback]): unknown;
  execute(...args: [...unknown[], Callback]): unknown;
  destroy(): void;
}

/** Sequelize's manager, as far as it creates and validates the connections of the pool. Sequelize has no types for it. */
interface ConnectionManager {
  _connect(config: object): Promise<MysqlConnection>;
  validate(connection: MysqlConnection): boolean;
}

/** Calls `onRefusal` when the server replies that it has left its cluster. */
const watch = (connection: MysqlConnection, onRefusal: (error: Error) => void): void => {
  for (const method of ['query', 'execute'] as const) {
    const original = connection[method].bind(connection);
    connection[method] = (...args) => {
      const done = args.pop() as Callback;
      return original(...args, (error, ...results) => {
        if (error !== null && isRefusedByNode(error)) onRefusal(error);
        done(error, ...results);
      });
    };
  }
};

interface Server {
  readonly host: Host;
  /** Until when the host is avoided; null while it works. */
  awayUntil: number | null;
  /** The connections that were created since the host last refused one. */
  connections: WeakSet<object>;
}

/**
 * Directs new connections to the first usable host. An unusable host is avoided for a while; one that has left its cluster also
 * loses its connections. If no host is usable, all are tried.
 */
export const failOver = (sequelize: Sequelize, hosts: readonly Host[], onHostAway: OnHostAway): void => {
  const manager = sequelize.connectionManager as unknown as ConnectionManager;
  const connectTo = manager._connect.bind(manager);
  const isAlive = manager.validate.bind(manager);
  const servers = hosts.map((host): Server => ({ host, awayUntil: null, connections: new WeakSet() }));

  const isSetAside = ({ awayUntil }: Server): boolean => awayUntil !== null && awayUntil > performance.now();
  const setAside = (server: Server): void => {
    server.awayUntil = performance.now() + SET_ASIDE_MS;
  };
  const giveUp = (server: Server, error: unknown): void => {
    if (server.awayUntil === null) onHostAway(server.host, error);
    setAside(server);
  };

  const connectionTo = async (server: Server, config: object): Promise<MysqlConnection> => {
    // While this connection tests whether the host is back, the others need not wait for it.
    if (server.awayUntil !== null) setAside(server);
    try {
      const connection = await connectTo({ ...config, ...server.host });
      server.awayUntil = null;
      server.connections.add(connection);
      watch(connection, (error) => {
        server.connections = new WeakSet();
        connection.destroy();
        giveUp(server, error);
      });
      return connection;
    } catch (error) {
      giveUp(server, error);
      throw error;
    }
  };

  manager._connect = async (config) => {
    let failure: unknown;
    for (const server of [...servers.filter((each) => !isSetAside(each)), ...servers.filter(isSetAside)]) {
      try {
        return await connectionTo(server, config);
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  };
  manager.validate = (connection) =>
    isAlive(connection) && servers.some(({ connections }) => connections.has(connection));
};
