import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** Before it has passed, so that nothing happens; or after, when the response comes, so that only the response is lost. */
export type Moment = 'before' | 'after';

/** A wire to a server on this machine that can be made to break. */
export interface Wire {
  readonly port: number;
  /** Breaks the connection on which these words come along, so many times, or until it is mended. */
  breakAt(words: string, moment: Moment, times?: number): void;
  /** Passes nothing from now on, in either direction and without notice, until `mend`. */
  freeze(): void;
  mend(): void;
  close(): void;
}

export const wireTo = async (target: number): Promise<Wire> => {
  let breaks: { readonly words: string; readonly moment: Moment; left: number } | null = null;
  let frozen = false;
  const ends = new Set<Socket>();

  const pass = (data: Buffer, client: Socket, upstream: Socket): void => {
    if (breaks === null || breaks.left === 0 || !data.includes(breaks.words)) {
      upstream.write(data);
      return;
    }
    breaks.left -= 1;
    if (breaks.moment === 'before') {
      client.destroy();
      return;
    }
    upstream.write(data);
    // The server responds when it is done; that response is lost.
    upstream.removeAllListeners('data').once('data', () => client.destroy());
  };

  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    client.on('data', (data) => {
      pass(data, client, upstream);
    });
    upstream.on('data', (data) => {
      if (!client.destroyed) client.write(data);
    });
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.on('close', () => other.destroy()).on('error', () => other.destroy());
      one.on('close', () => ends.delete(one));
      ends.add(one);
      if (frozen) one.pause();
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    breakAt: (words, moment, times = Infinity) => {
      breaks = { words, moment, left: times };
    },
    freeze: () => {
      frozen = true;
      for (const end of ends) end.pause();
    },
    mend: () => {
      breaks = null;
      frozen = false;
      for (const end of ends) end.resume();
    },
    close: () => {
      server.close();
      // A connection that was frozen hears of no end.
      for (const end of ends) end.destroy();
    },
  };
};
