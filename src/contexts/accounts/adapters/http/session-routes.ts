import type { NewId } from '../../../../kernel/ids.js';
import type { Transact } from '../../../../kernel/transact.js';
import { created, noContent, ok } from '../../../../platform/http/reply.js';
import { route, type Route } from '../../../../platform/http/route.js';
import type { WithReplies } from '../../../../platform/idempotency/replies.js';
import { checkCredentials } from '../../application/check-credentials.js';
import { logIn } from '../../application/log-in.js';
import { logOut } from '../../application/log-out.js';
import { logOutEverywhere } from '../../application/log-out-everywhere.js';
import type { TokenIssuers } from '../../application/open-session.js';
import type { AccountsPorts, PasswordHasher, UserRepository } from '../../application/ports.js';
import { refreshSession } from '../../application/refresh-session.js';
import { signUp } from '../../application/sign-up.js';
import { fail } from '../../domain/errors.js';
import { credentialsBody, loginOf, refreshBody, signUpBody } from './account-schemas.js';
import { tokensBody, viewTokens } from './account-view.js';

export interface SessionRoutesDeps extends TokenIssuers {
  readonly transact: Transact<AccountsPorts & WithReplies>;
  /** Outside any transaction. */
  readonly users: UserRepository;
  readonly passwords: PasswordHasher;
  readonly newId: NewId;
}

const tag = 'Accounts';

/** How sessions begin, go on and end. */
export const sessionRoutes = ({
  transact,
  users,
  passwords,
  accessTokens,
  refreshTokens,
  newId,
}: SessionRoutesDeps): readonly Route[] => [
  route({
    method: 'post',
    path: '/auth/signup',
    operationId: 'signUp',
    tag,
    access: 'anyone',
    summary: 'Open an account',
    description: 'Makes an account with the role `customer` and a profile of the same id, and logs in.',
    body: signUpBody,
    replies: { 201: { body: tokensBody, headers: ['Location'] } },
    errors: fail.pick('email_taken', 'username_taken', 'hashing_busy'),
    transact,
    command: (tx, { body }) => signUp({ transact: tx, passwords, accessTokens, refreshTokens, newId })(body),
    reply: (loggedIn) => created('/auth/me', viewTokens(loggedIn)),
  }),
  route({
    method: 'post',
    path: '/auth/login',
    operationId: 'logIn',
    tag,
    access: 'anyone',
    summary: 'Begin a session',
    description:
      'Give exactly one of `email`, `username` and `login`, which may be either. An unknown name, a wrong password and a ' +
      'disabled account are answered alike.',
    body: credentialsBody,
    replies: { 200: { body: tokensBody } },
    errors: fail.pick('invalid_credentials', 'hashing_busy'),
    transact,
    command: (tx, { body }) => {
      const deps = { transact: tx, checkCredentials: checkCredentials({ users, passwords }), newId };
      return logIn({ ...deps, accessTokens, refreshTokens })(loginOf(body), body.password);
    },
    reply: (loggedIn) => ok(viewTokens(loggedIn)),
  }),
  route({
    method: 'post',
    path: '/auth/refresh',
    operationId: 'refreshSession',
    tag,
    access: 'anyone',
    summary: 'Get new tokens for a refresh token',
    description:
      'The refresh token is spent by it; go on with the new one. A spent one that comes again has been copied by somebody, ' +
      'so it ends the whole session. No refresh makes a session last longer than was set when it began.',
    body: refreshBody,
    replies: { 200: { body: tokensBody } },
    errors: fail.pick('invalid_refresh_token'),
    transact,
    command: async (tx, { body }) => {
      const refresh = refreshSession({ transact: tx, accessTokens, refreshTokens });
      const refreshed = await refresh(body.refreshToken);
      if (refreshed === 'reused') throw fail('invalid_refresh_token'); // now that the end of the session is committed
      return refreshed;
    },
    reply: (loggedIn) => ok(viewTokens(loggedIn)),
  }),
  route({
    method: 'post',
    path: '/auth/logout',
    operationId: 'logOut',
    tag,
    access: 'user',
    summary: 'End this session',
    description: 'The access token of the call and the refresh token of its session stop working at once.',
    replies: { 204: {} },
    replayable: false, // it ends what a second request would come with
    transact,
    command: (tx, { actor }) => logOut({ transact: tx })(actor),
    reply: noContent,
  }),
  route({
    method: 'post',
    path: '/auth/logout-everywhere',
    operationId: 'logOutEverywhere',
    tag,
    access: 'user',
    summary: 'End all of my sessions',
    description: 'This one included.',
    replies: { 204: {} },
    replayable: false,
    transact,
    command: (tx, { actor }) => logOutEverywhere({ transact: tx })(actor),
    reply: noContent,
  }),
];
