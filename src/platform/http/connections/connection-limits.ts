/** What one client may take of the server. Times in milliseconds. */
export const CONNECTION_LIMITS = {
  /** From the first byte, or from the end of the last request, to the end of the header fields. */
  headersTimeout: 15_000,
  /** To the end of the body: 100 kB from a telephone in a tunnel. */
  requestTimeout: 30_000,
  /** How often the two are looked at, so how much later a client may be cut off. */
  connectionsCheckingInterval: 5_000,
  /** Idle between two requests: longer than the minute after which proxies give a connection up. See `KEEP_ALIVE_TIMEOUT`. */
  keepAliveTimeout: 65_000,
  /** Bytes of request line and header fields. */
  maxHeaderSize: 16_384,
  /** Maximum number of open connections; further ones are closed at once. */
  maxConnections: 5_000,
  /** Maximum number of open connections of one network. */
  maxPerNetwork: 256,
  /** Maximum number of requests that wait on one connection; a further one breaks it. */
  maxWaiting: 100,
  /** An answer of which the client takes no byte for so long breaks off; noticed after twice that time at the latest. */
  writeTimeout: 30_000,
  /** How long an answer may wait for its client in all, beside the time that reading it at the slowest rate takes. */
  responseAllowance: 60_000,
  /** Bytes per second: the slowest rate at which an answer may be taken. */
  slowestReading: 4096,
  /** An answer of which the client takes no byte for so long while the server drains breaks off; or after twice that time. */
  drainTimeout: 2_000,
};

export type ConnectionLimits = typeof CONNECTION_LIMITS;
