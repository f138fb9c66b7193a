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
      'The answer is the same whether somebody has that address or not. The mail holds a token that is good for 30 minutes and ' +
      'for one call of `POST /auth/password-reset/confirm`. A disabled user gets none.',
    body: passwordResetRequestBody,
    replies: { 202: { description: 'If there is such an account, a mail is on its way' } },
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
    summary: 'Set a new password with the token of a password-reset e-mail',
    description:
      'Ends all sessions of the user: log in with the new password. A token is spent by it, and all others that were mailed to ' +
      'the user become void, as they do when the password or the e-mail address is changed otherwise. A token that is refused ' +
      'was never given, has expired, or is void or spent; ask for another mail. One that comes with a common password is not ' +
      'spent. Since only whoever reads the mail has the token, the address counts as verified, ' +
      'and what others have guessed at the account counts no longer against its user.',
    body: passwordResetBody,
    replies: { 204: {} },
    errors: fail.pick('invalid_reset_token', 'common_password', 'hashing_busy'),
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
