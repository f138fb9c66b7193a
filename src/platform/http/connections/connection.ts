import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** A request and its answer. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Whether the client lets the connection stay open after the answer. */
  readonly persistent: boolean;
}

/** A connection of a client, on which one request is worked on at a time. */
export interface Connection {
  readonly socket: Socket;
  /** Requests whose answer is not complete, in the order of their arrival: the first is worked on, the others wait. */
  readonly pending: readonly Exchange[];
  /** How many bytes there are of the answer to the first one so far, whether the client has taken them or not. */
  readonly offered: number;
  /** The request that arrived last, answered or not. */
  readonly latest: Exchange | undefined;
  /** Whether every request is answered and no byte of another one has come in. */
  readonly idle: boolean;
  /** Works on a request once those before it are answered. */
  serve(request: IncomingMessage, response: ServerResponse): void;
  /** Says `Connection: close` in the last pending answer, unless its header has left. */
  announceClose(): void;
  /** Takes no further request, forgets one that waits for the rest of its body, and closes after the last answer. */
  end(): void;
}

export interface ConnectionOptions {
  readonly work: (request: IncomingMessage, response: ServerResponse) => void;
  /** Called when the last pending request is answered. */
  readonly onIdle: (connection: Connection) => void;
  /** How many requests may wait; a client that sends more loses the connection. */
  readonly maxWaiting: number;
}

/**
 * Lets the requests of one connection wait for each other. Node hands over all that a client sends without waiting for
 * answers (RFC 9112 §9.3.2): one connection could have any number of them worked on at once. It also never tells when
 * the connection of an answer is gone whose turn has not come.
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
  /** Whether the next request is begun in a moment. */
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
      // Nobody is left to read the answers to the requests that wait.
      if (!socket.writable) pending.length = 0;
      // Others first: a client that sends many requests at once must not have the loop for itself.
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
