import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

/** What a service does with a request: sends these bytes, or closes the connection at null. An empty text says nothing. */
type Words = string | null | readonly (string | null)[];

export interface ScriptedService {
  readonly url: string;
  /** The heads of the requests that it has received. */
  readonly heads: readonly string[];
  readonly close: () => Promise<void>;
}

/** A service that answers its requests, counted from 0, by a script. */
export const scriptedService = async (script: (at: number) => Words): Promise<ScriptedService> => {
  const heads: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      const text = bytes.toString('latin1');
      if (!/^[A-Z]+ \//.test(text)) return; // a body
      heads.push(text.split('\r\n\r\n', 1)[0] ?? '');
      for (const word of [script(heads.length - 1)].flat())
        if (word === null) socket.destroy();
        else socket.write(word);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { readonly port: number };
  return {
    url: `http://127.0.0.1:${port}`,
    heads,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      if (!server.listening) return;
      server.close();
      await once(server, 'close');
    },
  };
};
