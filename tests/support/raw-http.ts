import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';

/** A connection to a server on this machine, for what no HTTP client would send. */
export const dial = async (url: string): Promise<Socket> => {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  await once(socket, 'connect');
  return socket;
};

/** What a server says to these bytes, until it hangs up. */
export const speak = async (url: string, bytes: string | Uint8Array): Promise<string> => {
  const socket = await dial(url);
  socket.write(bytes);
  return text(socket);
};

export interface Said {
  readonly status: number;
  readonly head: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Returns each response of a conversation whose responses are all JSON with a length. */
export const answersIn = (conversation: string): readonly Said[] =>
  conversation
    .split(/(?=HTTP\/1\.1 \d{3} )/)
    .filter((answer) => !answer.startsWith('HTTP/1.1 100'))
    .map((answer) => {
      const [head = '', body = ''] = answer.split('\r\n\r\n', 2);
      return { status: Number(head.slice(9, 12)), head, body: JSON.parse(body) as Said['body'] };
    });
