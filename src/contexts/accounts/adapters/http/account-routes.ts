import { ok } from '#src/platform/http/routes/reply.js';
import { route, type Route } from '#src/platform/http/routes/route.js';
import { keySetBody, viewKeySet } from './account-view.js';
import { apiKeyRoutes, type ApiKeyRoutesDeps } from './api-key-routes.js';
import { meRoutes, type MeRoutesDeps } from './me-routes.js';
import { emailVerificationRoutes, type EmailVerificationRoutesDeps } from './email-verification-routes.js';
import { passwordResetRoutes, type PasswordResetRoutesDeps } from './password-reset-routes.js';
import { sessionRoutes, type SessionRoutesDeps } from './session-routes.js';
import { userRoutes, type UserRoutesDeps } from './user-routes.js';

export type AccountRoutesDeps = SessionRoutesDeps &
  PasswordResetRoutesDeps &
  EmailVerificationRoutesDeps &
  MeRoutesDeps &
  UserRoutesDeps &
  ApiKeyRoutesDeps;

/** All calls of the accounts. */
export const accountRoutes = (deps: AccountRoutesDeps): readonly Route[] => [
  ...sessionRoutes(deps),
  ...passwordResetRoutes(deps),
  ...emailVerificationRoutes(deps),
  ...meRoutes(deps),
  ...userRoutes(deps),
  ...apiKeyRoutes(deps),
  route({
    method: 'get',
    path: '/.well-known/jwks.json',
    operationId: 'getPublicKeys',
    tag: 'Accounts',
    access: 'anyone',
    summary: 'Get the public keys that verify access tokens',
    description:
      'Returns a JSON Web Key Set (RFC 7517). A valid signature proves to whom a token was issued, not that its ' +
      'session is still active: only the shop knows that.',
    replies: { 200: { body: keySetBody } },
    cache: 'public, max-age=300',
    query: () => deps.accessTokens.publicKeys(),
    reply: (keys) => ok(viewKeySet(keys)),
  }),
];
