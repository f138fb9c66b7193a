import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request that a receiver got. */
export interface ReceivedWebhook {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly message: {
    readonly id: string;
    readonly type: string;
    readonly payloadVersion: number;
    readonly timestamp: string;
    readonly data: Readonly<Record<string, unknown>>;
  };
}

/** Responds to a request; by default with 204. */
export type Responding = (
  response: ServerResponse,
  webhook: ReceivedWebhook,
  request: IncomingMessage,
) => void;

export interface WebhookReceiver {
  readonly url: string;
  /** In the order of their arrival. */
  readonly received: readonly ReceivedWebhook[];
  /** Responds to what arrives from now on. */
  respond(how: Responding): void;
  close(): Promise<void>;
}

const textsOf = (headers: IncomingHttpHeaders): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
};

export const noContent: Responding = (response) => {
  response.writeHead(204).end();
};

/** Responds with a status and, if need be, headers. */
export const respondWith =
  (status: number, headers: Readonly<Record<string, string>> = {}, body = ''): Responding =>
  (response) => {
    response.writeHead(status, headers).end(body);
  };

/** Starts a receiver of webhooks on a free port of this machine. */
export const webhookReceiver = async (how: Responding = noContent): Promise<WebhookReceiver> => {
  const received: ReceivedWebhook[] = [];
  let responding = how;
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const webhook: ReceivedWebhook = {
        path: request.url ?? '',
        headers: textsOf(request.headers),
        body,
        message: JSON.parse(body) as ReceivedWebhook['message'],
      };
      received.push(webhook);
      responding(response, webhook, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/hooks`,
    received,
    respond: (changed) => {
      responding = changed;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
};
