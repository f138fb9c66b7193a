import { once } from 'node:events';
import { Agent, createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pass } from 'node:timers/promises';
import type { Random } from './random.js';

/**
 * - `delayed`: the request arrives late.
 * - `cut before`: the connection breaks before the request is sent.
 * - `cut after`: it breaks when the request has been read; the service works on.
 * - `response lost`: it breaks when the service has responded.
 * - `late`: the response arrives late, sometimes when the caller has given up.
 * - `twice`: the request of an operation arrives twice at once.
 * - `event again`: a copy of an event arrives some time after it, between others.
 */
export type Fault =
  'delayed' | 'cut before' | 'cut after' | 'response lost' | 'late' | 'twice' | 'event again';

const FAULTS = ['delayed', 'cut before', 'cut after', 'response lost', 'late', 'twice'] as const;

/** An operation that has not responded after 5 seconds is called again. */
const TOO_LATE_MS = 5_300;

/** A link to a service, on which things go wrong. */
export interface FaultyLink {
  readonly url: string;
  /** How often each fault has happened. */
  readonly faults: ReadonlyMap<Fault, number>;
  /** Lets nothing go wrong any more, and resolves when all requests have arrived and been responded to. */
  readonly heal: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface FaultyLinkOptions {
  readonly random: Random;
  /** The part of the requests with which something goes wrong. */
  readonly share: () => number;
  /** Every event arrives once more. */
  readonly repeatsEvents?: boolean;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

const bodyOf = async (message: IncomingMessage): Promise<Buffer> => {
  const parts: Buffer[] = [];
  for await (const part of message) parts.push(part as Buffer);
  return Buffer.concat(parts);
};

export const faultyLink = async (
  target: string,
  { random, share, repeatsEvents = false }: FaultyLinkOptions,
): Promise<FaultyLink> => {
  const faults = new Map<Fault, number>();
  const count = (fault: Fault): void => {
    faults.set(fault, (faults.get(fault) ?? 0) + 1);
  };
  const agent = new Agent({ keepAlive: true });
  const underWay = new Set<Promise<unknown>>();
  let isHealed = false;

  const forward = async (message: IncomingMessage, body: Buffer): Promise<Answer> => {
    const { method, url, headers } = message;
    const sent = request(`${target}${String(url)}`, { method, headers, agent });
    sent.end(body);
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    return { status: answer.statusCode ?? 0, headers: answer.headers, body: await bodyOf(answer) };
  };

  const pause = (): Promise<void> => pass(random.integer(5, 150));
  const faultOf = (path: string): Fault | null => {
    if (isHealed || random.next() >= share()) return null;
    const fault = random.pick(FAULTS);
    // No network repeats the request of a client.
    return fault === 'twice' && !path.startsWith('/internal/') ? null : fault;
  };

  const serve = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = String(message.url);
    const body = await bodyOf(message);
    const fault = faultOf(path);
    if (fault !== null) count(fault);
    if (fault === 'cut before') {
      response.destroy();
      return;
    }
    if (fault === 'delayed') await pause();
    const answered = forward(message, body);
    const copies: Promise<unknown>[] = [answered];
    if (fault === 'twice') copies.push(forward(message, body));
    if (repeatsEvents && !isHealed && path === '/internal/receiveEvent') {
      count('event again');
      copies.push(answered.then(() => pass(random.integer(0, 400))).then(() => forward(message, body)));
    }
    if (fault === 'cut after') response.destroy();
    const answer = await answered;
    if (fault === 'response lost') response.destroy();
    if (fault === 'late')
      await (path.startsWith('/internal/') && random.next() < 0.1 ? pass(TOO_LATE_MS) : pause());
    if (!response.destroyed) response.writeHead(answer.status, answer.headers).end(answer.body);
    await Promise.all(copies);
  };

  const server = createServer((message, response) => {
    // Where the service is not reached, or the caller has gone, the connection breaks.
    const served = serve(message, response).catch(() => response.destroy());
    underWay.add(served);
    void served.then(() => underWay.delete(served));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    faults,
    heal: async () => {
      isHealed = true;
      while (underWay.size > 0) await Promise.all(underWay);
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      agent.destroy();
    },
  };
};
