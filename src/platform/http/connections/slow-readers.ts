import type { Connection, Exchange } from './connection.js';

export interface ReadingLimits {
  /** How long a response may wait for its client to read it, however short it is. Milliseconds. */
  readonly responseAllowance: number;
  /** Bytes per second: a response may wait additionally for as long as reading it at this rate takes. */
  readonly slowestReading: number;
}

/**
 * Returns a function that returns whether a connection's client reads its response more slowly than the limits allow. It must be
 * called for each connection every `intervalMs`. Only time in which bytes wait for the client counts.
 */
export const readsTooSlowly = (
  { responseAllowance: answerAllowance, slowestReading }: ReadingLimits,
  intervalMs: number,
): ((connection: Connection) => boolean) => {
  const waited = new WeakMap<Exchange, number>();
  return ({ socket, pending, offered }) => {
    const [exchange] = pending;
    if (exchange === undefined || socket.writableLength === 0) return false;
    const ms = (waited.get(exchange) ?? 0) + intervalMs;
    waited.set(exchange, ms);
    return ms > answerAllowance + (offered / slowestReading) * 1000;
  };
};
