import type { Socket } from 'node:net';

/** Grace period after `statement_timeout`. A server that is silent for longer is presumed dead. */
const GRACE_MS = 2_000;

/**
 * Breaks a connection without traffic for longer than a statement may run. Neither driver does: a statement to a frozen server
 * would wait forever. It also breaks unused connections, which costs nothing: the pool would have closed them before.
 */
export const closeWhenIdle = (socket: Socket, statementTimeoutMs: number): void => {
  socket.setTimeout(statementTimeoutMs + GRACE_MS, () => {
    socket.destroy(Object.assign(new Error('the database did not respond in time'), { code: 'ETIMEDOUT' }));
  });
};
