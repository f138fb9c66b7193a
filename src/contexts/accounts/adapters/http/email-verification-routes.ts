import type { NewId } from '#src/kernel/ids.js';
import type { Transact } from '#src/kernel/transact.js';
import { accepted, noContent } from '#src/platform/http/routes/reply.js';
import { route, type Route } from '#src/platform/http/routes/route.js';
import type { WithIdempotency } from '#src/platform/idempotency/idempotency-store.js';
import type { AccountsPorts, MailSecrets } from '../../application/ports.js';
import { requestEmailVerification } from '../../application/request-email-verification.js';
import { verifyEmail } from '../../application/verify-email.js';
import { fail } from '../../domain/errors.js';
import { MAIL_LIMIT, MAIL_TOKEN_LIMIT } from './account-limits.js';
import { emailVerificationBody } from './account-schemas.js';

export interface EmailVerificationRoutesDeps {
  readonly transact: Transact<AccountsPorts & WithIdempotency>;
  readonly mailSecrets: MailSecrets;
  readonly newId: NewId;
}

const tag = 'Accounts';

/** How people show that their e-mail address is theirs. */
export const emailVerificationRoutes = ({
  transact,
  mailSecrets,
  newId,
}: EmailVerificationRoutesDeps): readonly Route[] => [
  route({
    method: 'post',
    path: '/auth/verify-email',
    operationId: 'verifyEmail',
    tag,
    access: 'anyone',
    summary: 'Verify an e-mail address with a token from an e-mail',
    description:
      'The e-mail is sent after a sign-up and after a change of the address. Its token is valid for three days and ' +
      'for one call; a change of password or address revokes it.',
    body: emailVerificationBody,
    replies: { 204: {} },
    errors: fail.pick('invalid_verification_token'),
    limit: { ...MAIL_TOKEN_LIMIT, account: ({ body }) => ({ name: body.token }) },
    transact,
    command: ({ body }) => verifyEmail({ mailSecrets })(body.token),
    reply: noContent,
  }),
  route({
    method: 'post',
    path: '/auth/verify-email/request',
    operationId: 'requestEmailVerification',
    tag,
    access: 'user',
    summary: 'Request another verification e-mail',
    description: 'No e-mail is sent if the address is already verified.',
    replies: { 202: { description: 'Accepted; an e-mail is sent unless the address is already verified' } },
    errors: fail.pick('user_not_found'),
    idempotent: false, // who asks again wants another mail
    limit: { ...MAIL_LIMIT, account: ({ actor }) => ({ name: actor.id }) },
    transact,
    command: ({ actor }) => requestEmailVerification({ newId })(actor),
    reply: accepted,
  }),
];
