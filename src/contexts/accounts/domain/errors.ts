import { errorCatalogue } from '#src/kernel/errors.js';

export const fail = errorCatalogue({
  email_taken: ['conflict', 'An account with this e-mail address already exists.'],
  username_taken: ['conflict', 'An account with this user name already exists.'],
  invalid_credentials: ['unauthenticated', 'The log-in name or the password is wrong.'],
  invalid_refresh_token: [
    'unauthenticated',
    'The refresh token is invalid, expired, revoked or already used. Log in again.',
  ],
  invalid_reset_token: [
    'unauthenticated',
    'The token from the e-mail is invalid, expired, revoked or already used. Request another e-mail.',
  ],
  invalid_verification_token: [
    'unauthenticated',
    'The token from the e-mail is invalid, expired, revoked or already used. Request another e-mail.',
  ],
  recent_login_required: [
    'forbidden',
    'This call requires a log-in within the last ten minutes. Log in again and repeat the request with the new ' +
      'access token.',
  ],
  wrong_password: ['forbidden', 'The current password is wrong.'],
  password_required: ['invalid', 'The current password is required to change the e-mail address.'],
  common_password: ['invalid', 'The password is one of the most common ones. Choose another.'],
  hashing_busy: [
    'unavailable',
    'Too many passwords are being checked at the moment. Try again in a few seconds.',
  ],
  session_not_found: ['not_found', 'No active session of yours has this id.'],
  api_key_not_found: ['not_found', 'No API key of the shop has this id.'],
  expiry_in_past: ['invalid', 'The expiry of the API key must be in the future.'],
  user_not_found: ['not_found', 'The user does not exist.'],
  last_admin: ['conflict', 'The shop must keep at least one enabled administrator.'],
});
