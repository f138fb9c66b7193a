import type { NewId } from '#src/kernel/ids.js';
import type { Transact } from '#src/kernel/transact.js';
import type { LiftLimit } from '#src/platform/http/pipeline/lift-limit.js';
import { accepted, noContent } from '#src/platform/http/routes/reply.js';
import { route, type Route } from '#src/platform/http/routes/route.js';
import type { WithIdempotency } from '#src/platform/idempotency/idempotency-store.js';
import { confirmPasswordReset } from '../../application/confirm-password-reset.js';
import type {
  AccountsPorts,
  MailSecrets,
  MailTokenReader,
  PasswordHashers,
} from '../../application/ports.js';
import { requestPasswordReset } from '../../application/request-password-reset.js';
import { fail } from '../../domain/errors.js';
import { HASHES, LOG_IN_LIMIT, MAIL_LIMIT, MAIL_TOKEN_LIMIT } from './account-limits.js';
import { clientOf } from './client-of.js';
import { commonPasswordAt } from './common-password.js';
import { hashingCaller } from './hashing-caller.js';
import { accountOfLogin, namesOf, type LimitedAccountsDeps } from './limited-accounts.js';
import { passwordResetBody, passwordResetRequestBody } from './account-schemas.js';

export interface PasswordResetRoutesDeps extends LimitedAccountsDeps {
  readonly transact: Transact<AccountsPorts & WithIdempotency>;
  /** Outside any transaction. */
  readonly mailTokens: MailTokenReader;
  readonly mailSecrets: MailSecrets;
  readonly passwords: PasswordHashers;
  readonly newId: NewId;
  readonly liftLimit: LiftLimit;
}

const tag = 'Accounts';

/** How people get in again who have forgotten their password. */
export const passwordResetRoutes = ({
  transact,
  mailTokens,
  mailSecrets,
  passwords,
  newId,
  now,
  liftLimit,
  ...limited
}: PasswordResetRoutesDeps): readonly Route[] => [
  route({
    method: 'post',
    path: '/auth/password-reset',
    operationId: 'requestPasswordReset',
    tag,
    access: 'anyone',
    summary: 'Request a password-reset e-mail',
    description:
      'The response is the same whether or not an account has this address. The e-mail contains a token that is ' +
      'valid for 30 minutes and for one call of `POST /auth/password-reset/confirm`. A disabled user gets no ' +
      'e-mail.',
    body: passwordResetRequestBody,
    replies: { 202: { description: 'Accepted; an e-mail is sent if an account has this address' } },
    limit: {
      ...MAIL_LIMIT,
      // By its name only: no mail goes to the other one.
      account: async ({ body, client }) => {
        const { name, known = false } = await accountOfLogin({ now, ...limited })(body, client.address);
        return { name, known };
      },
    },
    transact,
    command: ({ body }) => requestPasswordReset({ newId })(body.email),
    reply: accepted,
  }),
  route({
    method: 'post',
    path: '/auth/password-reset/confirm',
    operationId: 'confirmPasswordReset',
    tag,
    access: 'anyone',
    summary: 'Set a new password with a token from an e-mail',
    description:
      'Revokes all sessions of the user: log in with the new password. The token works once, and every other token ' +
      'that was mailed to the user is revoked, as it is after any other change of password or e-mail address. A ' +
      'request that is refused with `common_password` does not use up the token. The e-mail address counts as ' +
      'verified, because the token proves access to it, and failed log-ins no longer count against the user from ' +
      'this network.',
    body: passwordResetBody,
    replies: { 204: {} },
    errors: fail.pick('invalid_reset_token', 'common_password', 'hashing_busy'),
    details: commonPasswordAt('newPassword'),
    limit: {
      ...MAIL_TOKEN_LIMIT,
      account: ({ body }) => ({ name: body.token }),
      effort: { ...HASHES, expected: () => 1 },
    },
    transact,
    command: (input) => {
      const { token, newPassword } = input.body;
      const hasher = passwords(hashingCaller(input));
      const deps = { mailTokens, mailSecrets, passwords: hasher, now };
      return confirmPasswordReset(deps)(token, newPassword, clientOf(input.client));
    },
    reply: noContent,
    afterwards: (user, { client }) => liftLimit(LOG_IN_LIMIT, namesOf(user), client.network),
  }),
];
