import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** A request and its response. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Whether the client lets the connection stay open after the response. */
  readonly persistent: boolean;
}

/** A client's connection, which processes one request at a time. */
export interface Connection {
  readonly socket: Socket;
  /** Requests whose response is not complete, in the order of their arrival: the first is processed, the others wait. */
  readonly pending: readonly Exchange[];
  /** Number of bytes written so far of the response to the first one, whether the client has read them or not. */
  readonly offered: number;
  /** The request that arrived last, with or without a response. */
  readonly latest: Exchange | undefined;
  /** Whether every request has its response and no byte of another one has come in. */
  readonly idle: boolean;
  /** Processes a request once those before it have their responses. */
  serve(request: IncomingMessage, response: ServerResponse): void;
  /** Sets `Connection: close` in the last pending response, unless its header is sent. */
  announceClose(): void;
  /** Accepts no further request, drops one that waits for the rest of its body, and closes after the last response. */
  end(): void;
}

export interface ConnectionOptions {
  readonly work: (request: IncomingMessage, response: ServerResponse) => void;
  /** Called when the last pending request has its response. */
  readonly onIdle: (connection: Connection) => void;
  /** Maximum number of waiting requests; a client that sends more loses the connection. */
  readonly maxWaiting: number;
}

/**
 * Makes the requests of one connection wait for each other. Node emits all requests that a client sends without waiting for
 * responses (RFC 9112 §9.3.2): one connection could have any number of them processed at once. Node also never reports that the
 * connection of a waiting response is gone.
 */
export const openConnection = (
  socket: Socket,
  { work, onIdle, maxWaiting }: ConnectionOptions,
): Connection => {
  const pending: Exchange[] = [];
  let latest: Exchange | undefined;
  let ended = false;
  let writtenBefore = 0;
  let readBefore = 0;
  /** Whether the next request is about to start. */
  let isDue = false;

  const workOnFirst = (): void => {
    isDue = false;
    const [exchange] = pending;
    if (exchange === undefined) {
      readBefore = socket.bytesRead;
      if (ended) socket.end();
      else onIdle(connection);
      return;
    }
    exchange.response.once('close', () => {
      pending.shift();
      // No client is left to read the responses to the waiting requests.
      if (!socket.writable) pending.length = 0;
      // Other connections first: a client that sends many requests at once must not occupy the event loop.
      isDue = true;
      setImmediate(workOnFirst);
    });
    writtenBefore = socket.bytesWritten;
    work(exchange.request, exchange.response);
  };

  const connection: Connection = {
    socket,
    pending,
    get offered() {
      return socket.bytesWritten - writtenBefore;
    },
    get latest() {
      return latest;
    },
    get idle() {
      return pending.length === 0 && socket.bytesRead === readBefore;
    },
    serve: (request, response) => {
      if (ended) return;
      latest = { request, response, persistent: response.shouldKeepAlive };
      pending.push(latest);
      if (pending.length > 1 + maxWaiting) {
        ended = true;
        socket.destroy();
      } else if (pending.length === 1 && !isDue) workOnFirst();
    },
    announceClose: () => {
      for (const { response, persistent } of pending)
        if (!response.headersSent) response.shouldKeepAlive = persistent && response !== latest?.response;
    },
    end: () => {
      ended = true;
      if (pending.length > 1 && latest?.request.complete === false) {
        pending.pop();
        latest = pending.at(-1);
      }
      if (pending.length === 0) socket.end();
    },
  };
  return connection;
};
