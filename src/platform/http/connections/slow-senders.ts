import type { IncomingMessage } from 'node:http';
import type { Connection, Exchange } from './connection.js';

export interface SendingLimits {
  /** How long the body of a request may take to arrive. Milliseconds. */
  readonly requestTimeout: number;
  /** Bytes per second: a body that is read while it arrives may take additionally as long as sending it at this rate takes. */
  readonly slowestSending: number;
}

const steady = new WeakSet<IncomingMessage>();

/** Lets the body of a request take as long as it needs, as long as it arrives steadily: see `SendingLimits`. */
export const expectSteadyBody = (request: IncomingMessage): void => {
  steady.add(request);
};

/**
 * Returns a function that returns whether a connection's client sends the body of its request more slowly than the limits allow. It
 * must be called for each connection every `intervalMs`. Time in which received bytes wait for the server does not count.
 */
export const sendsTooSlowly = (
  { requestTimeout, slowestSending }: SendingLimits,
  intervalMs: number,
): ((connection: Pick<Connection, 'socket' | 'latest'>) => boolean) => {
  const seen = new WeakMap<Exchange, { ms: number; readonly readBefore: number }>();
  return ({ socket, latest }) => {
    if (latest === undefined || latest.request.complete) return false;
    const { request } = latest;
    const sent = seen.get(latest) ?? { ms: 0, readBefore: socket.bytesRead };
    seen.set(latest, sent);
    if (steady.has(request) && request.readableLength > 0) return false;
    sent.ms += intervalMs;
    const received = steady.has(request) ? socket.bytesRead - sent.readBefore : 0;
    return sent.ms > requestTimeout + (received / slowestSending) * 1000;
  };
};
