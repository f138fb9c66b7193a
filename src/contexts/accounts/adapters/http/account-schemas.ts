import Joi from 'joi';
import { email, shape, text } from '#src/platform/http/routes/schemas.js';
import type { Role } from '#src/kernel/actor.js';
import type { EmailAddress } from '#src/kernel/email-address.js';
import { parseEmailAddress } from '#src/platform/email-address.js';
import type { AccountChanges } from '../../application/change-me.js';
import type { UserChanges } from '../../application/change-user.js';
import type { LoginName } from '../../application/check-credentials.js';
import type { SignUp } from '../../application/sign-up.js';

const name = () => text(120).example('Ann Example');

const emailAddress = () =>
  email()
    .description(
      'Compared without regard to letter case and Unicode form; a domain in Unicode is the same as in ASCII (`xn--`)',
    )
    .example('ann@example.org');

const username = () =>
  Joi.string()
    .pattern(/^[A-Za-z0-9._-]{3,30}$/)
    .messages({
      'string.pattern.base': 'must be 3 to 30 of the letters a to z, digits, dots, underscores and hyphens',
    })
    .description('3 to 30 of the letters a to z, digits, `.`, `_` and `-`; stored in lower case')
    .example('ann');

/** The examples fit together: who signs up as one says can log in as another one does. */
const PASSWORD = 'correct horse battery staple';
const TOKEN_OF_A_MAIL = 'ldXk7MechAisfD9UPGzsRozfwyA-LpxqqSgvn23vWMk';

/** As it is typed: nothing is trimmed, any script will do. */
const newPassword = () =>
  text(128, { min: 8, verbatim: true })
    .description('8 to 128 characters of any kind, but none of the most common passwords')
    .example(PASSWORD);

/** Not held to the rules of new ones: a password that can't be right is wrong, and the answer says so. */
const givenPassword = () => text(1024, { verbatim: true });

export const signUpBody = shape<SignUp>('SignUp', {
  name: name().required(),
  email: emailAddress().required(),
  username: username(),
  password: newPassword().required(),
});

interface Credentials {
  readonly email?: EmailAddress;
  readonly username?: string;
  readonly login?: string;
  readonly password: string;
}

export const credentialsBody = shape<Credentials>('Credentials', {
  email: emailAddress(),
  username: username(),
  login: text(254).description('Either of the two'),
  password: givenPassword().required(),
})
  .xor('email', 'username', 'login')
  .description('The password, and exactly one of `email`, `username` and `login`')
  .example({ login: 'ann@example.org', password: PASSWORD });

/** The one that was given. A `login` that is neither is nobody's user name: no wrong name is told from another. */
export const loginOf = ({ email: address, username: user, login = '' }: Credentials): LoginName => {
  const given = address ?? (user === undefined ? parseEmailAddress(login) : null);
  return given === null ? { username: user ?? login } : { email: given };
};

export const refreshBody = shape<{ readonly refreshToken: string }>('Refresh', {
  refreshToken: text(4096, { verbatim: true })
    .required()
    .example('The refreshToken that the last log-in or refresh has returned'),
});

export const accountChangesBody = shape<AccountChanges>('AccountChanges', {
  name: name(),
  email: emailAddress(),
  username: username().allow(null).description('Null gives the user name up'),
  currentPassword: givenPassword().description('Required for another e-mail address'),
}).example({ name: 'Ann Other' });

export const passwordResetRequestBody = shape<{ readonly email: EmailAddress }>('PasswordResetRequest', {
  email: emailAddress().required(),
});

/** Of a mail. */
const mailToken = () =>
  text(4096, { verbatim: true }).description('As it stands in the mail').example(TOKEN_OF_A_MAIL);

export const emailVerificationBody = shape<{ readonly token: string }>('EmailVerification', {
  token: mailToken().required(),
});

interface PasswordReset {
  readonly token: string;
  readonly newPassword: string;
}

export const passwordResetBody = shape<PasswordReset>('PasswordReset', {
  token: mailToken().required(),
  newPassword: newPassword().required(),
});

interface PasswordChange {
  readonly currentPassword: string;
  readonly newPassword: string;
}

export const passwordChangeBody = shape<PasswordChange>('PasswordChange', {
  currentPassword: givenPassword().required().example(PASSWORD),
  newPassword: newPassword().required().example('another long password'),
});

export const role = () => Joi.string<Role>().valid('customer', 'admin');

export const userChangesBody = shape<UserChanges>('UserChanges', {
  role: role(),
  disabled: Joi.boolean(),
}).example({ disabled: true });
