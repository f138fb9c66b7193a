import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ServerResponse } from 'node:http';

/** Resolves with the response to the next request that a server of this process receives. */
export const nextResponse = (): Promise<ServerResponse> =>
  new Promise((resolve) => {
    const channel = 'http.server.request.start';
    const hear = (message: unknown): void => {
      unsubscribe(channel, hear);
      resolve((message as { response: ServerResponse }).response);
    };
    subscribe(channel, hear);
  });
