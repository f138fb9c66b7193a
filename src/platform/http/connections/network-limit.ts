import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';

export interface NetworkLimitOptions {
  /** Maximum number of open connections of one network. */
  readonly most: number;
  /** Returns the network of a remote address, or null where the limit does not apply. */
  readonly networkOf: (address: string) => string | null;
  /** Called with a network whose connection was refused, at most once a minute. */
  readonly onRefused: (network: string) => void;
}

const QUIET_MS = 60_000;

/** Returns a function that counts a new connection, and closes it when its network has too many already. */
export const networkLimit = ({
  most,
  networkOf,
  onRefused,
}: NetworkLimitOptions): ((socket: Socket) => void) => {
  const open = new Map<string, number>();
  let quietUntil = 0;
  return (socket) => {
    const network = networkOf(socket.remoteAddress ?? '');
    if (network === null) return;
    const count = (open.get(network) ?? 0) + 1;
    open.set(network, count);
    socket.once('close', () => {
      const left = (open.get(network) ?? 1) - 1;
      if (left === 0) open.delete(network);
      else open.set(network, left);
    });
    if (count <= most) return;
    socket.destroy();
    if (performance.now() < quietUntil) return;
    quietUntil = performance.now() + QUIET_MS;
    onRefused(network);
  };
};
