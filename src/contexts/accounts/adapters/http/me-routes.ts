import type { NewId } from '#src/kernel/ids.js';
import type { Transact } from '#src/kernel/transact.js';
import { noContent, ok } from '#src/platform/http/routes/reply.js';
import { route, type Route } from '#src/platform/http/routes/route.js';
import type { WithIdempotency } from '#src/platform/idempotency/idempotency-store.js';
import { changeMe } from '../../application/change-me.js';
import { changePassword } from '../../application/change-password.js';
import { checkPassword } from '../../application/check-password.js';
import type { AccountsPorts, PasswordHashers } from '../../application/ports.js';
import { getUser } from '../../application/queries.js';
import { fail } from '../../domain/errors.js';
import { HASHES, PASSWORD_LIMIT } from './account-limits.js';
import { accountChangesBody, passwordChangeBody } from './account-schemas.js';
import { commonPasswordAt } from './common-password.js';
import { hashingCaller } from './hashing-caller.js';
import { accountOfActor, type LimitedAccountsDeps } from './limited-accounts.js';
import { userBody, viewUser } from './account-view.js';

export interface MeRoutesDeps extends LimitedAccountsDeps {
  readonly transact: Transact<AccountsPorts & WithIdempotency>;
  readonly passwords: PasswordHashers;
  readonly newId: NewId;
}

const tag = 'Accounts';

/** What users do with their own account. Its repositories are outside any transaction. */
export const meRoutes = ({
  transact,
  users,
  passwords,
  newId,
  ...limited
}: MeRoutesDeps): readonly Route[] => [
  route({
    method: 'get',
    path: '/auth/me',
    operationId: 'getMe',
    tag,
    access: 'user',
    summary: 'Get my account',
    description:
      'Returns the account of the access token. The profile of the same person is at `GET /customers/me`.',
    replies: { 200: { body: userBody } },
    errors: fail.pick('user_not_found'),
    query: ({ actor }) => getUser({ users })(actor, actor.id),
    reply: (user) => ok(viewUser(user)),
  }),
  route({
    method: 'patch',
    path: '/auth/me',
    operationId: 'changeMe',
    tag,
    access: 'user',
    summary: 'Update my name, e-mail address or user name',
    description:
      'Absent fields stay as they are. A change of the e-mail address requires `currentPassword`, because access ' +
      'to the address gives access to the account. The new address gets a verification e-mail. The customer ' +
      'profile shows the new values.',
    body: accountChangesBody,
    replies: { 200: { body: userBody } },
    errors: fail.pick(
      'password_required',
      'wrong_password',
      'email_taken',
      'username_taken',
      'hashing_busy',
      'user_not_found',
    ),
    limit: {
      ...PASSWORD_LIMIT,
      account: accountOfActor({ users, ...limited }),
      effort: { ...HASHES, expected: ({ body }) => (body.currentPassword === undefined ? 0 : 1) },
    },
    transact,
    command: (input) => {
      const check = checkPassword({ users, passwords: passwords(hashingCaller(input)) });
      return changeMe({ checkPassword: check, newId })(input.actor, input.body);
    },
    reply: (user) => ok(viewUser(user)),
  }),
  route({
    method: 'put',
    path: '/auth/password',
    operationId: 'changePassword',
    tag,
    access: 'user',
    summary: 'Change my password',
    description: 'Revokes all other sessions. The current one stays and counts as a recent log-in.',
    body: passwordChangeBody,
    replies: { 204: {} },
    errors: fail.pick('wrong_password', 'common_password', 'hashing_busy', 'user_not_found'),
    details: commonPasswordAt('newPassword'),
    limit: {
      ...PASSWORD_LIMIT,
      account: accountOfActor({ users, ...limited }),
      effort: { ...HASHES, expected: () => 2 },
    },
    transact,
    command: (input) => {
      const { currentPassword, newPassword } = input.body;
      const hasher = passwords(hashingCaller(input));
      const check = checkPassword({ users, passwords: hasher });
      const deps = { checkPassword: check, passwords: hasher };
      return changePassword(deps)(input.actor, currentPassword, newPassword);
    },
    reply: noContent,
  }),
];
