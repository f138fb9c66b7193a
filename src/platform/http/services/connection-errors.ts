/** What undici and the network say of a connection that has failed. */
export interface ConnectionError {
  readonly code?: unknown;
  readonly syscall?: unknown;
}

/** Returns whether the service was not reached, so that nothing can have happened there. */
export const isUnreached = ({ code, syscall }: ConnectionError): boolean =>
  syscall === 'connect' || syscall === 'getaddrinfo' || code === 'UND_ERR_CONNECT_TIMEOUT';

/** Returns whether the connection was closed, as it is by a service that stops while the request is on its way. */
export const isClosed = ({ code }: ConnectionError): boolean =>
  code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE';

const isTimeout = ({ code }: ConnectionError): boolean =>
  code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT';

/** Returns whether the service failed to respond. It did not fail if a client hung up, or if the request could not be written. */
export const isAway = (error: ConnectionError): boolean =>
  isUnreached(error) || isClosed(error) || isTimeout(error);
