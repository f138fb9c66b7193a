import DataLoader from 'dataloader';
import { isKey, SCOPES, type KeyActor, type UserActor } from '#src/kernel/actor.js';
import type { ApiKeyId, SessionId, UserId } from '#src/kernel/ids.js';
import type { Authenticate } from '#src/platform/http/pipeline/access.js';
import { operationRoute, type Operation } from '#src/platform/http/services/operation.js';
import type { ServiceClient } from '#src/platform/http/services/service-client.js';
import type { Route } from '#src/platform/http/routes/route.js';
import { isApiKey } from '../api-key-form.js';
import { array, instant, object, oneOf, text, uuid } from '#src/platform/schema/schema.js';

/** Maximum number of tokens in a request. */
const MAX_TOKENS = 100;
/** Maximum length of an access token, in characters; those of the shop are far shorter. */
const MAX_TOKEN = 4000;
/** Form of a token (RFC 7515 §7.1). Others are not sent: the request would be refused, with the tokens of other callers in it. */
const JWS = /^[\w-]+\.[\w-]+\.[\w-]+$/;

const actorBody = object('Actor', {
  id: uuid<UserId>(),
  sessionId: uuid<SessionId>(),
  role: oneOf('customer', 'admin'),
  authenticatedAt: instant(),
});

const keyBody = object('KeyActor', { id: uuid<ApiKeyId>(), scopes: array(oneOf(...SCOPES)) });

interface Authenticated {
  /** Of each token the user; null for an API key, and for a token that is not valid. */
  readonly actors: readonly (UserActor | null)[];
  /** Of each token the API key; absent if there is none: a gateway of an earlier version knows none. */
  readonly keys?: readonly (KeyActor | null)[] | undefined;
}

const AUTHENTICATE: Operation<{ readonly tokens: readonly string[] }, Authenticated> = {
  name: 'authenticate',
  summary: 'Authenticate access tokens and API keys',
  request: object('AuthenticateRequest', {
    tokens: array(text(MAX_TOKEN, { verbatim: true }), { max: MAX_TOKENS }),
  }),
  response: object('AuthenticateResponse', {
    actors: array(actorBody.nullable()),
    keys: array(keyBody.nullable()).optional(),
  }),
};

/** Returns the route that authenticates access tokens and API keys, in their order. */
export const authenticationRoute = (authenticate: Authenticate): Route =>
  operationRoute(AUTHENTICATE, async ({ tokens }) => {
    const found = await Promise.all(tokens.map((token) => authenticate(token)));
    const keys = found.map((actor) => (actor !== null && isKey(actor) ? actor : null));
    return {
      actors: found.map((actor) => (actor !== null && isKey(actor) ? null : actor)),
      ...(keys.some((key) => key !== null) && { keys }),
    };
  });

/**
 * Authenticates through the process that has the sessions. The tokens of one turn of the event loop share a call. It is sent after all
 * of their requests have arrived, so that a session that was revoked before is never accepted.
 */
export const remoteAuthentication = ({ call }: Pick<ServiceClient, 'call'>): Authenticate => {
  const loader = new DataLoader<string, UserActor | KeyActor | null>(
    async (given) => {
      const tokens = [...new Set(given)];
      const { actors, keys = [] } = await call(AUTHENTICATE, { tokens });
      const byToken = new Map(tokens.map((token, at) => [token, actors[at] ?? keys[at] ?? null]));
      return given.map((token) => byToken.get(token) ?? null);
    },
    { cache: false, maxBatchSize: MAX_TOKENS, batchScheduleFn: setImmediate },
  );
  return (token) =>
    token.length <= MAX_TOKEN && (JWS.test(token) || isApiKey(token))
      ? loader.load(token)
      : Promise.resolve(null);
};
