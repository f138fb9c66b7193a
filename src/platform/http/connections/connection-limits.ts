/** Limits of one client's use of the server. Times in milliseconds. */
export const CONNECTION_LIMITS = {
  /** From the first byte, or from the end of the last request, to the end of the header fields. */
  headersTimeout: 15_000,
  /** To the end of the body: enough for 100 kB over a poor mobile connection. */
  requestTimeout: 30_000,
  /** Bytes per second: the slowest rate at which a body may be sent that is read while it arrives. */
  slowestSending: 4096,
  /** Interval at which they are checked, and so the maximum delay. */
  connectionsCheckingInterval: 5_000,
  /** Idle between two requests: longer than the minute after which proxies close a connection. See `KEEP_ALIVE_TIMEOUT`. */
  keepAliveTimeout: 65_000,
  /** Bytes of request line and header fields. */
  maxHeaderSize: 16_384,
  /** Maximum number of open connections; further ones are closed at once. */
  maxConnections: 5_000,
  /** Maximum number of open connections of one network. */
  maxPerNetwork: 256,
  /** Maximum number of requests that wait on one connection; a further one breaks it. */
  maxWaiting: 100,
  /** A response of which the client reads no byte for this long is aborted; after twice that time at the latest. */
  writeTimeout: 30_000,
  /** How long a response may wait for its client in total, plus the time that reading it at the slowest rate takes. */
  responseAllowance: 60_000,
  /** Bytes per second: the slowest rate at which a response may be read. */
  slowestReading: 4096,
  /**
   * While the server drains, a response of which the client reads no byte for this long is aborted; after twice that time at the
   * latest.
   */
  drainTimeout: 2_000,
};

export type ConnectionLimits = typeof CONNECTION_LIMITS;
