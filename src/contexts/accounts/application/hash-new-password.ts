import { fail } from '../domain/errors.js';
import type { PasswordHasher } from './ports.js';

/** The hash of a password that somebody chooses. Fails with `common_password`, pointing at the field that it came in. */
export const hashNewPassword =
  (passwords: PasswordHasher) =>
  async (password: string, field: 'password' | 'newPassword' = 'password'): Promise<string> => {
    if (passwords.isCommon(password)) {
      const errors = [
        { pointer: `/${field}`, detail: 'The password must not be one of the most common ones.' },
      ];
      throw fail('common_password', { errors });
    }
    return passwords.hash(password);
  };
