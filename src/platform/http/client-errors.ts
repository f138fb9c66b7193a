import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { PROBLEM_OF_STATUS } from './errors.js';
import { problem } from './problem.js';

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

export interface ClientErrors {
  /** Told of each request that a connection has brought. */
  watch(request: IncomingMessage, response: ServerResponse): void;
  /** Answers what never became a whole request, and closes its connection. */
  refuse(error: NodeJS.ErrnoException, socket: Duplex): void;
}

const statusOf = ({ code }: NodeJS.ErrnoException): 400 | 408 | 431 => {
  if (code === 'HPE_HEADER_OVERFLOW') return 431;
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
};

/** A problem document without a Koa to send it, in the fewest words. */
const answer = (socket: Duplex, status: 400 | 408 | 431, requestId: string): void => {
  const body = JSON.stringify(problem(PROBLEM_OF_STATUS[status], { instance: '/', requestId }));
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
      'Connection: close',
      'Cache-Control: no-store',
      'Content-Type: application/problem+json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n'),
  );
};

/** Deals with what is no HTTP or does not arrive in time. `newId` names each answer. */
export const clientErrors = (newId: () => string): ClientErrors => {
  const latest = new WeakMap<Duplex, Exchange>();
  return {
    watch: (request, response) => {
      latest.set(request.socket, { request, response });
    },
    refuse: (error, socket) => {
      const status = statusOf(error);
      const exchange = latest.get(socket);
      const isNext = exchange?.request.complete === true;
      if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy();
      else if (exchange === undefined || (isNext && exchange.response.writableFinished))
        answer(socket, status, newId());
      // What comes behind a request must not be answered in its place: it may well succeed.
      else if (isNext) exchange.response.once('close', () => socket.end());
      // The rest of a body. Whoever has an answer already, or a part of it, would take this for more of that.
      else if (exchange.response.headersSent) socket.destroy();
      else answer(socket, status, newId());
    },
  };
};
