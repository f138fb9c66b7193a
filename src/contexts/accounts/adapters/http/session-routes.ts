import { EXAMPLE_CUSTOMER } from '#src/kernel/examples.js';
import type { NewId } from '#src/kernel/ids.js';
import type { Transact } from '#src/kernel/transact.js';
import { networkOf } from '#src/platform/http/connections/client-address.js';
import { pagingSearch, page, pageRequest } from '#src/platform/http/lists/list.js';
import { created, noContent, ok } from '#src/platform/http/routes/reply.js';
import { route, type Route } from '#src/platform/http/routes/route.js';
import type { WithIdempotency } from '#src/platform/idempotency/idempotency-store.js';
import { idParam } from '#src/platform/http/routes/schemas.js';
import { checkCredentials } from '../../application/check-credentials.js';
import { endSession, logOut, logOutEverywhere } from '../../application/log-out.js';
import { listSessions } from '../../application/queries.js';
import { logIn } from '../../application/log-in.js';
import type { TokenIssuers } from '../../application/open-session.js';
import type { AccountsPorts, PasswordHashers, SessionReader } from '../../application/ports.js';
import { refreshSession } from '../../application/refresh-session.js';
import { signUp } from '../../application/sign-up.js';
import { fail } from '../../domain/errors.js';
import { HASHES, LOG_IN_LIMIT, REFRESH_LIMIT, SIGN_UP_LIMIT } from './account-limits.js';
import { clientOf } from './client-of.js';
import { credentialsBody, loginOf, refreshBody, signUpBody } from './account-schemas.js';
import { commonPasswordAt } from './common-password.js';
import { hashingCaller } from './hashing-caller.js';
import { accountOfLogin, type LimitedAccountsDeps } from './limited-accounts.js';
import { sessionsBody, tokensBody, viewSession, viewTokens } from './account-view.js';

export interface SessionRoutesDeps extends TokenIssuers, LimitedAccountsDeps {
  readonly transact: Transact<AccountsPorts & WithIdempotency>;
  readonly sessions: SessionReader;
  readonly passwords: PasswordHashers;
  readonly newId: NewId;
}

const tag = 'Accounts';

/** How sessions begin, go on and end. Its repositories are outside any transaction. */
export const sessionRoutes = ({
  transact,
  users,
  sessions,
  now,
  passwords,
  accessTokens,
  refreshTokens,
  newId,
  ...places
}: SessionRoutesDeps): readonly Route[] => [
  route({
    method: 'post',
    path: '/auth/signup',
    operationId: 'signUp',
    tag,
    access: 'anyone',
    summary: 'Sign up',
    description: 'Creates an account with the role `customer` and a profile with the same id, and logs in.',
    body: signUpBody,
    replies: { 201: { body: tokensBody, headers: ['Location'] } },
    errors: fail.pick('common_password', 'email_taken', 'username_taken', 'hashing_busy'),
    details: commonPasswordAt('password'),
    limit: {
      ...SIGN_UP_LIMIT,
      account: ({ body }) => ({ name: body.email.key }),
      effort: { ...HASHES, expected: () => 1 },
    },
    transact,
    command: (input) => {
      const deps = { passwords: passwords(hashingCaller(input)), newId };
      return signUp({ ...deps, accessTokens, refreshTokens })(input.body, clientOf(input.client));
    },
    reply: (loggedIn) => created('/auth/me', viewTokens(loggedIn)),
  }),
  route({
    method: 'post',
    path: '/auth/login',
    operationId: 'logIn',
    tag,
    access: 'anyone',
    summary: 'Log in',
    description:
      'Send exactly one of `email`, `username` and `login`; `login` accepts either. An unknown name, a wrong ' +
      'password and a disabled account get the same response.',
    body: credentialsBody,
    replies: { 200: { body: tokensBody } },
    errors: fail.pick('invalid_credentials', 'hashing_busy'),
    limit: {
      ...LOG_IN_LIMIT,
      account: ({ body, client }) => accountOfLogin({ users, now, ...places })(loginOf(body), client.address),
      effort: { ...HASHES, expected: () => 1 },
    },
    transact,
    command: (input) => {
      const { body, client } = input;
      const hasher = passwords(hashingCaller(input));
      const deps = {
        checkCredentials: checkCredentials({ users, passwords: hasher, exhausted: input.exhausted }),
        passwords: hasher,
        newId,
      };
      const begin = logIn({ ...deps, accessTokens, refreshTokens });
      return begin(loginOf(body), body.password, clientOf(client));
    },
    reply: (loggedIn) => ok(viewTokens(loggedIn)),
  }),
  route({
    method: 'post',
    path: '/auth/refresh',
    operationId: 'refreshSession',
    tag,
    access: 'anyone',
    summary: 'Refresh the tokens of a session',
    description:
      'A refresh token works once; use the new one from then on. If the response is lost, repeat the request ' +
      'within 30 seconds, from the same network and with the same `User-Agent`: the token that was used last then ' +
      'returns the same new refresh token, once. Any other reuse counts as theft and revokes the whole session. A ' +
      'session expires if it is not refreshed within the idle time-out of the shop, and in any case at the end of ' +
      'its maximum lifetime.',
    body: refreshBody,
    replies: { 200: { body: tokensBody } },
    errors: fail.pick('invalid_refresh_token'),
    limit: { ...REFRESH_LIMIT, account: ({ body }) => ({ name: body.refreshToken }) },
    transact,
    command: ({ body, client }) =>
      refreshSession({ accessTokens, refreshTokens, networkOf })(body.refreshToken, clientOf(client)),
    reply: (loggedIn) => ok(viewTokens(loggedIn)),
  }),
  route({
    method: 'get',
    path: '/auth/sessions',
    operationId: 'listSessions',
    tag,
    access: 'user',
    summary: 'List my sessions',
    description:
      'Returns the active sessions, the latest log-in first. Their data is as of the log-in or the last refresh, ' +
      'and a refresh appears within a minute. Calls with an access token are not recorded.',
    search: pagingSearch,
    replies: { 200: { body: sessionsBody, headers: ['Link'] } },
    query: (input) => listSessions({ sessions, now })(input.actor, pageRequest(input, 'time')),
    reply: (result, input) => page(result, viewSession(input.actor.sessionId), input),
  }),
  route({
    method: 'delete',
    path: '/auth/sessions/:id',
    operationId: 'endSession',
    tag,
    access: 'user',
    summary: 'Revoke one of my sessions',
    description: 'The tokens of the session stop working at once. The current session can be revoked, too.',
    params: idParam(EXAMPLE_CUSTOMER.sessionId),
    replies: { 204: {} },
    errors: fail.pick('session_not_found'),
    transact,
    command: ({ actor, params }) => endSession(actor, params.id),
    reply: noContent,
  }),
  route({
    method: 'post',
    path: '/auth/logout',
    operationId: 'logOut',
    tag,
    access: 'user',
    summary: 'Log out',
    description: 'The access token of the call and the refresh token of its session stop working at once.',
    replies: { 204: {} },
    idempotent: false, // it ends what a second request would come with
    transact,
    command: ({ actor }) => logOut(actor),
    reply: noContent,
  }),
  route({
    method: 'post',
    path: '/auth/logout-everywhere',
    operationId: 'logOutEverywhere',
    tag,
    access: 'user',
    summary: 'Log out of all of my sessions',
    description: 'Revokes every session of the account, the current one included.',
    replies: { 204: {} },
    idempotent: false,
    transact,
    command: ({ actor }) => logOutEverywhere(actor),
    reply: noContent,
  }),
];
