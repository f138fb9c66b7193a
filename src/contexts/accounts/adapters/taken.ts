import { fail } from '../domain/errors.js';

/** The error of a write whose e-mail address or user name another user has, by the constraint's name. */
export const taken = {
  users_emailKey_unique: () => fail('email_taken'),
  users_username_unique: () => fail('username_taken'),
};
