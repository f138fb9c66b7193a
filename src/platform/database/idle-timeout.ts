import type { Socket } from 'node:net';

/** A server that has not ended a statement so long after its time does not end it any more: it is frozen or cut off. */
const GRACE_MS = 2_000;

/**
 * Breaks a connection on which nothing has come or gone for longer than a statement may run. Neither driver does: a
 * statement to a frozen server would wait for ever. A connection that nobody uses is broken as well, which costs nothing:
 * the pool would have closed it before.
 */
export const closeWhenIdle = (socket: Socket, statementTimeoutMs: number): void => {
  socket.setTimeout(statementTimeoutMs + GRACE_MS, () => {
    socket.destroy(Object.assign(new Error('the database has fallen silent'), { code: 'ETIMEDOUT' }));
  });
};
