import { fail } from '../domain/errors.js';
import type { PasswordHasher } from './ports.js';

/** Returns the hash of a new password. Fails with `common_password`. */
export const hashNewPassword =
  (passwords: PasswordHasher) =>
  async (password: string): Promise<string> => {
    if (passwords.isCommon(password)) throw fail('common_password');
    return passwords.hash(password);
  };
