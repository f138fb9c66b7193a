import createOpenApiClient, { type Client, type FetchOptions, type FetchResponse } from 'openapi-fetch';
import type { components, paths } from './api.js';
import { callOf, rootOf, withHeader, type Send } from './calls.js';
import { unwrap } from './problems.js';
import { withRetries, type RetryOptions } from './retries.js';
import { tokensOf, withTokens } from './session.js';
import { memoryTokens, type TokenStore } from './tokens.js';

type Schemas = components['schemas'];

export interface ClientOptions {
  /** URL of the shop, without a slash at its end. */
  readonly baseUrl: string;
  /** Where the tokens of a log-in are kept; in memory unless given. */
  readonly tokens?: TokenStore | undefined;
  readonly retry?: RetryOptions | undefined;
  /** Header fields of every request. With an `Authorization` the tokens of a log-in are not used. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** In place of the global `fetch`. */
  readonly fetch?: Send | undefined;
}

interface Page {
  readonly items: readonly unknown[];
  readonly nextCursor: string | null;
}

/** The paths whose GET returns a page of a list. */
export type ListPath = {
  [Path in keyof paths]: paths[Path] extends {
    get: { responses: { 200: { content: { 'application/json': Page } } } };
  }
    ? Path
    : never;
}[keyof paths];

/** What the list at a path has in it. */
export type ItemOf<Path extends ListPath> =
  paths[Path]['get']['responses'][200]['content']['application/json']['items'][number];

/** What an operation returns: `data`, or `error`, and the `response`. */
type Result<Operation extends object> = Promise<FetchResponse<Operation, object, `${string}/${string}`>>;

/** `GET`, `POST` and so on of openapi-fetch, and what a shop needs beside them. */
export interface PorticoClient extends Client<paths> {
  /** Signs up, and uses the tokens of the new user from now on. */
  signUp(body: Schemas['SignUp']): Result<paths['/auth/signup']['post']>;
  /** Logs in, and uses the tokens from now on. */
  logIn(body: Schemas['LogIn']): Result<paths['/auth/login']['post']>;
  /** Ends the session, here and at the shop. The tokens are forgotten even if the shop cannot be reached. */
  logOut(): Result<paths['/auth/logout']['post']>;
  /** Yields what a list has in it, and fetches page after page on the way. Throws an `ApiError`. */
  paginate<Path extends ListPath>(
    path: Path,
    options?: FetchOptions<paths[Path]['get']>,
  ): AsyncGenerator<ItemOf<Path>, void, undefined>;
}

/** Returns a value that occurs once. Browsers have `crypto.randomUUID` on secure origins only. */
const newKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  );

/** Gives each request to an operation that accepts one an `Idempotency-Key`, so that it may be repeated. */
const withKeys =
  (send: Send, isKeyed: (request: Request) => boolean): Send =>
  (request) =>
    send(
      isKeyed(request) && !request.headers.has('Idempotency-Key')
        ? withHeader(request, 'Idempotency-Key', newKey())
        : request,
    );

/**
 * Returns a client of the shop at `baseUrl`: `GET`, `POST` and so on of openapi-fetch, typed by the OpenAPI document, which log in,
 * refresh tokens and repeat what may be repeated.
 */
export const createClient = ({
  baseUrl,
  tokens = memoryTokens(),
  retry,
  headers,
  fetch,
}: ClientOptions): PorticoClient => {
  const root = rootOf(baseUrl);
  const known = (request: Request) => callOf(request, root);
  // The global fetch is looked up with each request: tests and libraries replace it.
  const retrying = withRetries(fetch ?? ((request) => globalThis.fetch(request)), retry);
  const authorised = withTokens(retrying, tokens, {
    refreshUrl: `${baseUrl.replace(/\/$/, '')}/auth/refresh`,
    callOf: known,
  });
  const api = createOpenApiClient<paths>({
    baseUrl,
    fetch: withKeys(authorised, (request) => known(request).keyed),
    ...(headers !== undefined && { headers }),
  });

  const signUp: PorticoClient['signUp'] = async (body) => {
    const result = await api.POST('/auth/signup', { body });
    if (result.data !== undefined) await tokens.set(tokensOf(result.data));
    return result;
  };

  const logIn: PorticoClient['logIn'] = async (body) => {
    const result = await api.POST('/auth/login', { body });
    if (result.data !== undefined) await tokens.set(tokensOf(result.data));
    return result;
  };

  const logOut: PorticoClient['logOut'] = async () => {
    try {
      return await api.POST('/auth/logout');
    } finally {
      await tokens.set(null);
    }
  };

  async function* paginate<Path extends ListPath>(
    path: Path,
    options?: FetchOptions<paths[Path]['get']>,
  ): AsyncGenerator<ItemOf<Path>, void, undefined> {
    const { params, ...rest } = (options ?? {}) as { params?: { query?: { after?: string } } };
    let after = params?.query?.after ?? null;
    do {
      const query = { ...params?.query, ...(after !== null && { after }) };
      // openapi-fetch's types know the options of one path at a time; those of any list are these.
      const get = api.GET as (path: string, options: object) => Promise<{ data?: Page; response: Response }>;
      const page: Page = unwrap(await get(path, { ...rest, params: { ...params, query } }));
      yield* page.items as readonly ItemOf<Path>[];
      after = page.nextCursor;
    } while (after !== null);
  }

  return { ...api, signUp, logIn, logOut, paginate };
};
