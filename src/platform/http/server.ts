import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type Koa from 'koa';
import { networkOfPeer, type TrustProxy } from './client-address.js';
import { refuseClient } from './client-errors.js';
import { CONNECTION_LIMITS, type ConnectionLimits } from './connection-limits.js';
import { openConnection, type Connection, type ConnectionOptions } from './connection.js';
import { networkLimit } from './network-limit.js';
import { readsTooSlowly } from './slow-readers.js';

export interface ListenOptions {
  /** 0 takes any free port. */
  readonly port: number;
  readonly host: string;
  /** How long `close` waits for requests in flight before it cuts them off; 10000 ms unless said. */
  readonly graceMs?: number;
  /** Names an answer to what never became a request. */
  readonly newId: () => string;
  /** Proxies, to whose connections the limit of one network does not apply; none unless said. */
  readonly trustProxy?: TrustProxy;
  /** Called with a network that is refused a connection, at most once a minute. */
  readonly onRefused?: (network: string) => void;
  /** Others than usual. */
  readonly limits?: Partial<ConnectionLimits>;
}

export interface RunningServer {
  readonly url: string;
  /** Takes no more connections, lets requests in flight finish, and resolves when every connection is closed; once for all. */
  close(): Promise<void>;
}

const urlOf = ({ address, family, port }: AddressInfo): string =>
  `http://${family === 'IPv6' ? `[${address}]` : address}:${String(port)}`;

/** Serves the app; rejects when the port can't be had. */
export const listen = async (
  app: Koa,
  { port, host, graceMs = 10_000, newId, trustProxy = 0, onRefused = () => undefined, limits }: ListenOptions,
): Promise<RunningServer> => {
  const handle = app.callback();
  let closed: Promise<void> | undefined;
  const { maxConnections, maxPerNetwork, maxWaiting, writeTimeout, ...others } = {
    ...CONNECTION_LIMITS,
    ...limits,
  };
  const connections = new Map<Duplex, Connection>();
  const count = networkLimit({ most: maxPerNetwork, networkOf: networkOfPeer(trustProxy), onRefused });
  const work: ConnectionOptions['work'] = ({ request, response }) => {
    // A connection that is idle after its last answer would otherwise hold up `close` until its keep-alive ends.
    response.once('close', () => {
      if (closed !== undefined)
        setImmediate(() => {
          server.closeIdleConnections();
        });
    });
    void handle(request, response);
  };
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    connections.get(request.socket)?.serve({ request, response });
  };
  // The app refuses requests without a host, or of other expectations, in its own words.
  const server = createServer({ ...others, requireHostHeader: false }, serve);
  server.maxConnections = maxConnections;
  server.timeout = writeTimeout;
  server.on('checkExpectation', serve);
  server.on('connection', (socket) => {
    connections.set(socket, openConnection(socket, { work, maxWaiting }));
    socket.once('close', () => connections.delete(socket));
    count(socket);
  });
  // Nothing has been received for a while, nor taken of what was sent.
  server.on('timeout', (socket: Socket) => {
    const { pending, latest } = connections.get(socket) ?? {};
    const isIdle = pending?.length === 0 && latest !== undefined;
    // Otherwise it is the work that takes its time, or the client has to send something: there are other limits for that.
    if (isIdle || socket.writableLength > 0) socket.destroy();
  });
  const interval = others.connectionsCheckingInterval;
  const isTooSlow = readsTooSlowly(others, interval);
  const looking = setInterval(() => {
    for (const connection of connections.values()) if (isTooSlow(connection)) connection.socket.destroy();
  }, interval).unref();
  server.on('clientError', (error, socket) => {
    refuseClient(error, socket, connections.get(socket), newId);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const shut = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const cutOff = setTimeout(() => {
        server.closeAllConnections();
      }, graceMs);
      server.close((error) => {
        clearTimeout(cutOff);
        clearInterval(looking);
        if (error === undefined) resolve();
        else reject(error);
      });
      server.closeIdleConnections();
    });
  // A server that listens on a port has an address with a port.
  return { url: urlOf(server.address() as AddressInfo), close: () => (closed ??= shut()) };
};
