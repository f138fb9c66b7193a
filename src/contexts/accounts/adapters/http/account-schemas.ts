import { parseEmailAddress } from '#src/platform/email-address.js';
import {
  boolean,
  changes,
  email,
  object,
  oneOf,
  string,
  text,
  type ValueOf,
} from '#src/platform/schema/schema.js';
import type { LoginName } from '../../application/check-credentials.js';

const name = () => text(120).example('Ann Example');

const emailAddress = () =>
  email()
    .description(
      'Compared without regard to letter case and Unicode form; a domain in Unicode is the same as in ASCII (`xn--`)',
    )
    .example('ann@example.org');

const username = () =>
  string({
    pattern: [
      /^[A-Za-z0-9._-]{3,30}$/,
      'must be 3 to 30 of the letters a to z, digits, dots, underscores and hyphens',
    ],
  })
    .description('3 to 30 of the letters a to z, digits, `.`, `_` and `-`; stored in lower case')
    .example('ann');

/** The examples fit together: who signs up as one says can log in as another one does. */
const PASSWORD = 'correct horse battery staple';
const TOKEN_OF_A_MAIL = 'ldXk7MechAisfD9UPGzsRozfwyA-LpxqqSgvn23vWMk';

/** As it is typed: nothing is trimmed, any script will do. */
const newPassword = () =>
  text(128, { min: 8, verbatim: true })
    .description('8 to 128 characters of any kind; the most common passwords are refused')
    .example(PASSWORD);

/** Not held to the rules of new ones: a password that can't be right is wrong, and the answer says so. */
const givenPassword = () => text(1024, { verbatim: true });

export const signUpBody = object('SignUp', {
  name: name(),
  email: emailAddress(),
  username: username().optional(),
  password: newPassword(),
});

export const credentialsBody = object('Credentials', {
  email: emailAddress().optional(),
  username: username().optional(),
  login: text(254).description('An e-mail address or a user name').optional(),
  password: givenPassword(),
})
  .exactlyOneOf('email', 'username', 'login')
  .description('The password, and exactly one of `email`, `username` and `login`')
  .example({ login: 'ann@example.org', password: PASSWORD });

/** Returns the name that was given. A malformed `login` counts as an unknown user name, so that all wrong names look alike. */
export const loginOf = ({
  email: address,
  username: user,
  login = '',
}: ValueOf<typeof credentialsBody>): LoginName => {
  const given = address ?? (user === undefined ? parseEmailAddress(login) : null);
  return given === null ? { username: user ?? login } : { email: given };
};

export const refreshBody = object('Refresh', {
  refreshToken: text(4096, { verbatim: true }).example(
    'The refreshToken that the last log-in or refresh has returned',
  ),
});

export const accountChangesBody = changes('AccountChanges', {
  name: name(),
  email: emailAddress(),
  username: username().nullable().description('`null` removes the user name'),
  currentPassword: givenPassword().description('Required to change the e-mail address'),
}).example({ name: 'Ann Other' });

export const passwordResetRequestBody = object('PasswordResetRequest', {
  email: emailAddress(),
});

/** Of a mail. */
const mailToken = () =>
  text(4096, { verbatim: true }).description('The token from the e-mail').example(TOKEN_OF_A_MAIL);

export const emailVerificationBody = object('EmailVerification', {
  token: mailToken(),
});

export const passwordResetBody = object('PasswordReset', {
  token: mailToken(),
  newPassword: newPassword(),
});

export const passwordChangeBody = object('PasswordChange', {
  currentPassword: givenPassword().example(PASSWORD),
  newPassword: newPassword().example('another long password'),
});

export const role = () => oneOf('customer', 'admin');

export const userChangesBody = changes('UserChanges', {
  role: role(),
  disabled: boolean(),
}).example({ disabled: true });
