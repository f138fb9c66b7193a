import { EXAMPLE_CUSTOMER, EXAMPLE_MAIL_TOKEN, EXAMPLE_REFRESH_TOKEN } from '#src/kernel/examples.js';
import { parseEmailAddress } from '#src/platform/email-address.js';
import {
  boolean,
  changes,
  email,
  object,
  enumeration,
  string,
  text,
  type ValueOf,
} from '#src/platform/schema/schema.js';
import type { LoginName } from '../../application/check-credentials.js';

const name = () => text(120).description('Full name').example(EXAMPLE_CUSTOMER.name);

const emailAddress = () =>
  email()
    .description(
      'Compared without regard to letter case and Unicode form; a domain in Unicode is the same as in ASCII (`xn--`)',
    )
    .example(EXAMPLE_CUSTOMER.email);

const username = () =>
  string({
    pattern: [
      /^[A-Za-z0-9._-]{3,30}$/,
      'must be 3 to 30 of the letters a to z, digits, dots, underscores and hyphens',
    ],
  })
    .description('3 to 30 of the letters a to z, digits, `.`, `_` and `-`; stored in lower case')
    .example(EXAMPLE_CUSTOMER.username);

const PASSWORD = EXAMPLE_CUSTOMER.password;

/** As it is typed: nothing is trimmed, any script will do. */
const newPassword = () =>
  text(128, { min: 8, verbatim: true })
    .description('8 to 128 characters of any kind; the most common passwords are refused')
    .example(PASSWORD);

/** Not held to the rules of new ones: a password that can't be right is wrong, and the answer says so. */
const givenPassword = () =>
  text(1024, { verbatim: true }).description('The current password').example(PASSWORD);

export const signUpBody = object(
  'SignUp',
  {
    name: name(),
    email: emailAddress(),
    username: username().optional(),
    password: newPassword(),
  },
  { description: 'A new account' },
);

export const credentialsBody = object(
  'LogIn',
  {
    email: emailAddress().optional(),
    username: username().optional(),
    login: text(254).description('An e-mail address or a user name').optional(),
    password: givenPassword(),
  },
  { description: 'The password, and exactly one of `email`, `username` and `login`' },
)
  .exactlyOneOf('email', 'username', 'login')
  .example({ login: EXAMPLE_CUSTOMER.email, password: PASSWORD });

/** Returns the name that was given. A malformed `login` counts as an unknown user name, so that all wrong names look alike. */
export const loginOf = ({
  email: address,
  username: user,
  login = '',
}: ValueOf<typeof credentialsBody>): LoginName => {
  const given = address ?? (user === undefined ? parseEmailAddress(login) : null);
  return given === null ? { username: user ?? login } : { email: given };
};

export const refreshBody = object(
  'SessionRefresh',
  {
    refreshToken: text(4096, { verbatim: true })
      .description('The `refreshToken` of the last log-in or refresh')
      .example(EXAMPLE_REFRESH_TOKEN),
  },
  { description: 'The refresh token of a session' },
);

export const accountChangesBody = changes(
  'UserUpdate',
  {
    name: name(),
    email: emailAddress(),
    username: username().nullable().description('`null` removes the user name'),
    currentPassword: givenPassword().description('Required to change the e-mail address'),
  },
  { description: 'Fields of my account to change; absent ones stay as they are' },
).example({
  name: EXAMPLE_CUSTOMER.name,
});

export const passwordResetRequestBody = object(
  'PasswordResetRequest',
  {
    email: emailAddress(),
  },
  { description: 'The account whose password is to be reset' },
);

/** Of a mail. */
const mailToken = () =>
  text(4096, { verbatim: true }).description('The token from the e-mail').example(EXAMPLE_MAIL_TOKEN);

export const emailVerificationBody = object(
  'EmailVerification',
  { token: mailToken() },
  {
    description: 'Proof of access to an e-mail address',
  },
);

export const passwordResetBody = object(
  'PasswordResetConfirm',
  {
    token: mailToken(),
    newPassword: newPassword(),
  },
  { description: 'A new password, and the right to set it' },
);

export const passwordChangeBody = object(
  'PasswordReplace',
  {
    currentPassword: givenPassword(),
    newPassword: newPassword().example('another long password'),
  },
  { description: 'A new password, and the current one' },
);

export const role = () =>
  enumeration('Role', 'Role of a user: customers use the shop, administrators manage it', [
    'customer',
    'admin',
  ]);

export const userChangesBody = changes(
  'ManagedUserUpdate',
  {
    role: role().description('New role'),
    disabled: boolean().description('true disables the user, false enables the user'),
  },
  { description: 'Fields of a user to change; absent ones stay as they are' },
).example({ disabled: false });
