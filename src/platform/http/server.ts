import { createServer, STATUS_CODES } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type Koa from 'koa';
import { PROBLEM_OF_STATUS } from './errors.js';
import { problem } from './problem.js';

export interface ListenOptions {
  /** 0 takes any free port. */
  readonly port: number;
  readonly host: string;
  /** How long `close` waits for requests in flight before it cuts them off; 10000 ms unless said. */
  readonly graceMs?: number;
  /** Names an answer to what never became a request. */
  readonly newId: () => string;
}

export interface RunningServer {
  readonly url: string;
  /** Takes no more connections, lets requests in flight finish, and resolves when every connection is closed; once for all. */
  close(): Promise<void>;
}

const statusOf = (error: NodeJS.ErrnoException): 400 | 408 | 431 => {
  if (error.code === 'HPE_HEADER_OVERFLOW') return 431;
  return error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
};

/** Answers what is no HTTP, for which there is no request and no Koa, in the fewest words. */
const refuseRaw = (error: NodeJS.ErrnoException, socket: Duplex, requestId: string): void => {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = statusOf(error);
  const body = JSON.stringify(problem(PROBLEM_OF_STATUS[status], { instance: '/', requestId }));
  socket.end(
    [
      `HTTP/1.1 ${String(status)} ${STATUS_CODES[status] ?? ''}`,
      'Connection: close',
      'Content-Type: application/problem+json; charset=utf-8',
      `Content-Length: ${String(Buffer.byteLength(body))}`,
      '',
      body,
    ].join('\r\n'),
  );
};

const urlOf = ({ address, family, port }: AddressInfo): string =>
  `http://${family === 'IPv6' ? `[${address}]` : address}:${String(port)}`;

/** Serves the app; rejects when the port can't be had. */
export const listen = async (
  app: Koa,
  { port, host, graceMs = 10_000, newId }: ListenOptions,
): Promise<RunningServer> => {
  const handle = app.callback();
  let closed: Promise<void> | undefined;
  const server = createServer((request, response) => {
    // A connection that is idle after its last answer would otherwise hold up `close` until its keep-alive ends.
    response.once('close', () => {
      if (closed !== undefined)
        setImmediate(() => {
          server.closeIdleConnections();
        });
    });
    void handle(request, response);
  });
  server.on('clientError', (error, socket) => {
    refuseRaw(error, socket, newId());
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
