import type { Connection, Exchange } from './connection.js';

export interface ReadingLimits {
  /** How long an answer may wait for its client to take it, however short it is. Milliseconds. */
  readonly responseAllowance: number;
  /** Bytes per second: an answer may wait as much longer as it takes to read it at this rate. */
  readonly slowestReading: number;
}

/**
 * Returns a function that tells whether the client of a connection takes its answer more slowly than the limits allow. It
 * has to be asked about each connection every `intervalMs`. Only time in which bytes wait for the client counts.
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
