import { fail } from '../domain/errors.js';

/** What callers are told when a write meets a user who has that e-mail address or user name, by the constraint's name. */
export const taken = {
  users_emailKey_unique: () => fail('email_taken'),
  users_username_unique: () => fail('username_taken'),
};
