import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type Koa from 'koa';
import { refuseClient } from './client-errors.js';
import { openConnection, type Connection, type ConnectionOptions } from './connection.js';

export interface ListenOptions {
  /** 0 takes any free port. */
  readonly port: number;
  readonly host: string;
  /** How long `close` waits for requests in flight before it cuts them off; 10000 ms unless said. */
  readonly graceMs?: number;
  /** Names an answer to what never became a request. */
  readonly newId: () => string;
  /** Others than usual. */
  readonly limits?: Partial<typeof CONNECTION_LIMITS>;
}

export interface RunningServer {
  readonly url: string;
  /** Takes no more connections, lets requests in flight finish, and resolves when every connection is closed; once for all. */
  close(): Promise<void>;
}

/** What one client may take of the server. Times in milliseconds. */
export const CONNECTION_LIMITS = {
  /** From the first byte, or from the end of the last request, to the end of the header fields. */
  headersTimeout: 15_000,
  /** To the end of the body: 100 kB from a telephone in a tunnel. */
  requestTimeout: 30_000,
  /** How often the two are looked at, so how much later a client may be cut off. */
  connectionsCheckingInterval: 5_000,
  /** Idle between two requests: longer than the minute after which proxies give a connection up. */
  keepAliveTimeout: 65_000,
  /** Bytes of request line and header fields. */
  maxHeaderSize: 16_384,
  /** Maximum number of open connections; further ones are closed at once. */
  maxConnections: 5_000,
  /** Maximum number of requests that wait on one connection; a further one breaks it. */
  maxWaiting: 100,
};

const urlOf = ({ address, family, port }: AddressInfo): string =>
  `http://${family === 'IPv6' ? `[${address}]` : address}:${String(port)}`;

/** Serves the app; rejects when the port can't be had. */
export const listen = async (
  app: Koa,
  { port, host, graceMs = 10_000, newId, limits = {} }: ListenOptions,
): Promise<RunningServer> => {
  const handle = app.callback();
  let closed: Promise<void> | undefined;
  const { maxConnections, maxWaiting, ...timesAndSizes } = { ...CONNECTION_LIMITS, ...limits };
  const connections = new Map<Duplex, Connection>();
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
  const server = createServer({ ...timesAndSizes, requireHostHeader: false }, serve);
  server.maxConnections = maxConnections;
  server.on('checkExpectation', serve);
  server.on('connection', (socket) => {
    connections.set(socket, openConnection(socket, { work, maxWaiting }));
    socket.once('close', () => connections.delete(socket));
  });
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
        if (error === undefined) resolve();
        else reject(error);
      });
      server.closeIdleConnections();
    });
  // A server that listens on a port has an address with a port.
  return { url: urlOf(server.address() as AddressInfo), close: () => (closed ??= shut()) };
};
