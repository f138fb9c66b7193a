import { errorCatalogue } from '#src/kernel/errors.js';

export const fail = errorCatalogue({
  email_taken: ['conflict', 'There is an account with that e-mail address already.'],
  username_taken: ['conflict', 'There is an account with that user name already.'],
  invalid_credentials: ['unauthenticated', 'The log-in name or the password is wrong.'],
  invalid_refresh_token: ['unauthenticated', 'The refresh token is invalid, expired or spent.'],
  invalid_reset_token: ['unauthenticated', 'The token of the mail is invalid, expired, void or spent.'],
  invalid_verification_token: [
    'unauthenticated',
    'The token of the mail is invalid, expired, void or spent.',
  ],
  recent_login_required: [
    'forbidden',
    'The last log-in was ten minutes ago or earlier: log in again and repeat the request with the new access token.',
  ],
  wrong_password: ['forbidden', 'The current password is wrong.'],
  password_required: ['invalid', 'The e-mail address can only be changed with the current password.'],
  common_password: ['invalid', 'That password is one of the most common ones, which are tried first.'],
  hashing_busy: [
    'unavailable',
    'Too many passwords are being checked at the moment; try again in a few seconds.',
  ],
  session_not_found: ['not_found', 'There is no such session, or it is over.'],
  user_not_found: ['not_found', 'There is no such user.'],
  last_admin: ['conflict', 'The shop would be left without an administrator.'],
});
