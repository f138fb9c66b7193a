import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { Duplex } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type Koa from 'koa';
import { networkOfPeer, type TrustProxy } from './client-address.js';
import { refuseClient } from './client-errors.js';
import type { RequestHandler } from '../overload/overload.js';
import { CONNECTION_LIMITS, type ConnectionLimits } from './connection-limits.js';
import { openConnection, type Connection, type ConnectionOptions } from './connection.js';
import { networkLimit } from './network-limit.js';
import { readsTooSlowly } from './slow-readers.js';
import { sendsTooSlowly } from './slow-senders.js';

export interface ListenOptions {
  /** 0 takes any free port. */
  readonly port: number;
  readonly host: string;
  /** How long `close` waits for requests in flight before it aborts them; 10000 ms by default. */
  readonly graceMs?: number;
  /** Generates the id of a response to bytes that never became a request. */
  readonly newId: () => string;
  /** Proxies, to whose connections the limit of one network does not apply; none by default. */
  readonly trustProxy?: TrustProxy;
  /** Called with a network whose connection was refused, at most once a minute. */
  readonly onRefused?: (network: string) => void;
  /** Wraps the handler of requests; nothing by default. */
  readonly guard?: (handle: RequestHandler) => RequestHandler;
  /** Limits that differ from the defaults. */
  readonly limits?: Partial<ConnectionLimits>;
}

export interface CloseOptions {
  /** Milliseconds for which a connection without a request stays open: a request may be on its way to it; 0 by default. */
  readonly lingerMs?: number;
}

export interface RunningServer {
  readonly url: string;
  /** Makes every response the last one of its connection from now on. New connections are still accepted. */
  announceClose(): void;
  /**
   * Accepts no more connections, lets requests in flight finish, and resolves when every connection is closed; further calls
   * share the result.
   */
  close(options?: CloseOptions): Promise<void>;
}

/** Maximum time for which a closing server goes on accepting connections. */
const ACCEPT_ALL_MS = 1000;

/** As Node reports it. */
const LATE = Object.assign(new Error('the request took too long to arrive'), {
  code: 'ERR_HTTP_REQUEST_TIMEOUT',
});

/** Returns a handler whose calls can be deferred. */
const pausable = (handle: RequestHandler) => {
  let waiting: (() => void)[] | null = null;
  return {
    run: (request: IncomingMessage, response: ServerResponse): void => {
      const call = (): void => void handle(request, response);
      if (waiting === null) call();
      else waiting.push(call);
    },
    pause: (): void => {
      waiting ??= [];
    },
    resume: (): void => {
      const calls = waiting ?? [];
      waiting = null;
      for (const call of calls) call();
    },
  };
};

const urlOf = ({ address, family, port }: AddressInfo): string =>
  `http://${family === 'IPv6' ? `[${address}]` : address}:${String(port)}`;

/** Serves the app; rejects if the port can't be opened. */
export const listen = async (
  app: Koa,
  {
    port,
    host,
    graceMs = 10_000,
    newId,
    trustProxy = 0,
    onRefused = () => undefined,
    guard = (handle) => handle,
    limits,
  }: ListenOptions,
): Promise<RunningServer> => {
  const handle = guard(app.callback());
  const { maxConnections, maxPerNetwork, maxWaiting, writeTimeout, drainTimeout, ...others } = {
    ...CONNECTION_LIMITS,
    ...limits,
  };
  const interval = others.connectionsCheckingInterval;
  const connections = new Map<Duplex, Connection>();
  const count = networkLimit({ most: maxPerNetwork, networkOf: networkOfPeer(trustProxy), onRefused });
  const isTooSlow = readsTooSlowly(others, interval);
  const isLate = sendsTooSlowly(others, interval);
  const work = pausable(handle);
  let accepted = 0;
  let isLeaving = false;
  let draining: Required<CloseOptions> | undefined;

  const end = (connection: Connection): void => {
    connection.end();
    // A client may leave its side open.
    connection.socket.setTimeout(drainTimeout);
  };
  /** Ends a connection of a draining server that has no request, or makes it end soon. */
  const settle = (connection: Connection): void => {
    const lingerMs = draining?.lingerMs ?? 0;
    if (connection.idle && lingerMs === 0) end(connection);
    else connection.socket.setTimeout(connection.idle ? lingerMs : drainTimeout);
  };
  const options: ConnectionOptions = {
    maxWaiting,
    work: work.run,
    onIdle: (connection) => {
      if (draining !== undefined) settle(connection);
    },
  };
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    const connection = connections.get(request.socket);
    connection?.serve(request, response);
    if (isLeaving) connection?.announceClose();
  };
  // The app itself refuses requests without a host or with other expectations.
  // Node's time-out of requests would end long uploads as well; `isLate` takes its place.
  const server = createServer({ ...others, requestTimeout: 0, requireHostHeader: false }, serve);
  server.maxConnections = maxConnections;
  server.timeout = writeTimeout;
  // Node's implementation would abort responses that are written but not yet sent, and `close` calls it.
  server.closeIdleConnections = () => undefined;
  server.on('checkExpectation', serve);
  server.on('connection', (socket) => {
    connections.set(socket, openConnection(socket, options));
    socket.once('close', () => connections.delete(socket));
    count(socket);
    accepted += 1;
  });
  // No byte has been received or read by the client for a while.
  server.on('timeout', (socket: Socket) => {
    const connection = connections.get(socket);
    if (connection === undefined) return;
    const { pending, latest } = connection;
    if (!socket.writable || socket.writableLength > 0) socket.destroy();
    // Other limits apply to slow work, and to clients that have to send something.
    else if (pending.length > 0) return;
    else if (draining !== undefined) end(connection);
    else if (latest !== undefined) socket.destroy();
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
  const looking = setInterval(() => {
    for (const connection of connections.values()) {
      if (isTooSlow(connection)) connection.socket.destroy();
      else if (isLate(connection)) refuseClient(LATE, connection.socket, connection, newId);
    }
  }, interval).unref();

  const announceClose = (): void => {
    isLeaving = true;
    for (const connection of connections.values()) connection.announceClose();
  };
  /**
   * Accepts the connections that the kernel has already accepted: it resets those that are left when the port is closed. Node
   * accepts one in each turn.
   */
  const acceptAll = async (): Promise<void> => {
    const deadline = performance.now() + ACCEPT_ALL_MS;
    let before: number;
    do {
      before = accepted;
      await nextTurn();
    } while (accepted > before && performance.now() < deadline);
  };
  const drain = async ({ lingerMs = 0 }: CloseOptions): Promise<void> => {
    announceClose();
    // Each response could bring another connection.
    work.pause();
    await acceptAll();
    draining = { lingerMs };
    server.timeout = drainTimeout;
    const cutOff = setTimeout(() => {
      for (const { socket } of connections.values()) socket.destroy();
    }, graceMs);
    const closed = new Promise<void>((resolve, reject) => {
      server.close((error) => {
        if (error === undefined) resolve();
        else reject(error);
      });
    });
    work.resume();
    for (const connection of connections.values()) settle(connection);
    await closed.finally(() => {
      clearTimeout(cutOff);
      clearInterval(looking);
    });
  };
  let drained: Promise<void> | undefined;
  return {
    // A server that listens on a port has an address with a port.
    url: urlOf(server.address() as AddressInfo),
    announceClose,
    close: (how = {}) => (drained ??= drain(how)),
  };
};
