import type { OpenApiDocument } from '#src/platform/http/openapi/document.js';
import { documentedAnswers, type Answer } from './documented-answers.js';
import { recordResponse } from './recorded-responses.js';

export interface RequestOptions {
  /** Sent as a bearer token. */
  readonly token?: string;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is, instead of `json`. */
  readonly raw?: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Received extends Answer {
  // Tests state what they expect of a body; that it is of the documented shape has been checked when it came in.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly body: any;
}

type Send = (path: string, options?: RequestOptions) => Promise<Received>;

export interface HttpClient {
  readonly baseUrl: string;
  readonly get: Send;
  readonly head: Send;
  readonly options: Send;
  readonly post: Send;
  readonly put: Send;
  readonly patch: Send;
  readonly delete: Send;
}

const read = async (response: Response): Promise<unknown> => {
  const text = await response.text();
  if (text === '') return undefined;
  return /[/+]json\b/.test(response.headers.get('content-type') ?? '') ? (JSON.parse(text) as unknown) : text;
};

/** Calls a running server over HTTP. A response that its OpenAPI document does not describe fails the test. */
export const client = (baseUrl: string, openApi: OpenApiDocument): HttpClient => {
  const assertDocumented = documentedAnswers(openApi);
  const send =
    (method: string): Send =>
    async (path, { token, json, raw, headers = {} } = {}) => {
      const body = raw ?? (json === undefined ? undefined : JSON.stringify(json));
      const response = await fetch(`${baseUrl}${path}`, {
        method,
        redirect: 'manual',
        headers: {
          ...(body !== undefined && { 'Content-Type': 'application/json' }),
          ...(token !== undefined && { Authorization: `Bearer ${token}` }),
          ...headers,
        },
        ...(body !== undefined && { body }),
      });
      const answer = {
        status: response.status,
        headers: Object.fromEntries(response.headers),
        body: await read(response),
      };
      const operation = assertDocumented(method, path, answer);
      if (operation !== null && method !== 'HEAD') recordResponse(operation, answer.status, answer.body);
      return answer;
    };
  return {
    baseUrl,
    get: send('GET'),
    head: send('HEAD'),
    options: send('OPTIONS'),
    post: send('POST'),
    put: send('PUT'),
    patch: send('PATCH'),
    delete: send('DELETE'),
  };
};
