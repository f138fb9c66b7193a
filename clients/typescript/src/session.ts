import type { components } from './api.js';
import { withHeader, type Call, type Send } from './calls.js';
import type { TokenStore, Tokens } from './tokens.js';

/** New tokens; the response that says why there are none for now; or null, when the session is over. */
type Refreshed = Tokens | Response | null;

/** Runs work in one tab of a browser at a time, where the browser can say so: tabs may share a store. */
const exclusively = <Result>(name: string, work: () => Promise<Result>): Promise<Result> => {
  const { locks } = (globalThis as { navigator?: { locks?: LockManager } }).navigator ?? {};
  return locks === undefined ? work() : locks.request(name, work);
};

export const tokensOf = (body: components['schemas']['Tokens']): Tokens => ({
  userId: body.user.id,
  accessToken: body.accessToken,
  refreshToken: body.refreshToken,
});

/** Returns a function that exchanges tokens whose access token was refused. Concurrent callers share one exchange. */
const refresher = (send: Send, store: TokenStore, url: string): ((stale: Tokens) => Promise<Refreshed>) => {
  const post = (refreshToken: string): Promise<Response> =>
    send(
      new Request(url, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ refreshToken }),
      }),
    );

  const refresh = async (stale: Tokens): Promise<Refreshed> => {
    const before = await store.get();
    if (before?.accessToken !== stale.accessToken) return before;
    // A refresh token works once, but for one repetition after a lost response.
    const response = await post(before.refreshToken).catch(() => post(before.refreshToken));
    const isRefused = response.status === 401 || response.status === 422;
    if (!response.ok && !isRefused) return response;
    const after = isRefused ? null : tokensOf((await response.json()) as components['schemas']['Tokens']);
    // A log-out or a log-in meanwhile wins.
    const now = await store.get();
    if (now?.refreshToken !== before.refreshToken) return now;
    await store.set(after);
    return after;
  };

  let running: Promise<Refreshed> | null = null;
  return (stale) => {
    if (running !== null) return running;
    running = exclusively(`refresh ${url}`, () => refresh(stale)).finally(() => {
      running = null;
    });
    return running;
  };
};

/**
 * Sends the access token with each request to an operation that requires one, unless the request has an `Authorization` of its own.
 * After a 401 the tokens are refreshed, and the request is sent once more.
 */
export const withTokens = (
  send: Send,
  store: TokenStore,
  { refreshUrl, callOf }: { readonly refreshUrl: string; readonly callOf: (request: Request) => Call },
): Send => {
  const refresh = refresher(send, store, refreshUrl);
  const authorised = (request: Request, { accessToken }: Tokens): Promise<Response> =>
    send(withHeader(request, 'Authorization', `Bearer ${accessToken}`));
  return async (request) => {
    if (request.headers.has('Authorization') || callOf(request).anonymous) return send(request);
    const tokens = await store.get();
    if (tokens === null) return send(request);
    const response = await authorised(request, tokens);
    if (response.status !== 401) return response;
    const refreshed = await refresh(tokens);
    if (refreshed instanceof Response) return refreshed.clone();
    // A request of one user is not sent as another one who has logged in meanwhile.
    if (refreshed?.userId !== tokens.userId) return response;
    await response.body?.cancel();
    return authorised(request, refreshed);
  };
};
