import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Connection } from './connection.js';
import { PROBLEM_OF_STATUS } from '../pipeline/errors.js';
import { problem } from '../pipeline/problem.js';

const statusOf = ({ code }: NodeJS.ErrnoException): 400 | 408 | 431 => {
  if (code === 'HPE_HEADER_OVERFLOW') return 431;
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
};

/** Writes a minimal problem document without Koa. */
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

/**
 * Responds to bytes that are not HTTP, or that do not arrive in time, and closes their connection. `newId` generates the id of
 * the response.
 */
export const refuseClient = (
  error: NodeJS.ErrnoException,
  socket: Duplex,
  connection: Connection | undefined,
  newId: () => string,
): void => {
  const { latest, pending = [] } = connection ?? {};
  if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy();
  // An error behind a request must not take the place of its response: the request may well succeed.
  else if (pending.length > 1 || (pending.length === 1 && latest?.request.complete === true))
    connection?.end();
  // The rest of a body. A client that has received a response, or a part of it, would take this for more of it.
  else if (latest?.request.complete === false && latest.response.headersSent) socket.destroy();
  else answer(socket, statusOf(error), newId());
};
