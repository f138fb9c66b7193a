import type { Sequelize } from 'sequelize';
import { isRefusedByNode } from './database-errors.js';
import type { Host } from './database-url.js';

/** Told when a host cannot be used, once until it can be again. */
export type OnHostAway = (host: Host, error: unknown) => void;

/** How long new connections go elsewhere before one of them tries whether the host is back. */
const SET_ASIDE_MS = 10_000;

type Callback = (error: Error | null, ...results: unknown[]) => void;

/** The part of a mysql2 connection that is used here. */
interface MysqlConnection {
  query(...args: [...unknown[], Callback]): unknown;
  execute(...args: [...unknown[], Callback]): unknown;
  destroy(): void;
}

/** Sequelize's, as far as it makes and checks the connections of the pool. Not in its types. */
interface ConnectionManager {
  _connect(config: object): Promise<MysqlConnection>;
  validate(connection: MysqlConnection): boolean;
}

/** Calls `onRefusal` when the server answers that it has left its cluster. */
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
  /** Until when it is set aside; null while nothing is wrong with it. */
  awayUntil: number | null;
  /** Those that were made since it last refused one. */
  connections: WeakSet<object>;
}

/**
 * Makes new connections go to the first of the hosts that can be used. One that cannot is set aside for a while; one that has
 * left its cluster also loses its connections. When all are set aside, all are tried.
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
    // While this one tries whether it is back, the others need not wait for it.
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
