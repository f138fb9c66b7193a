import { dictionary } from '@zxcvbn-ts/language-common';
import { opaqueString } from './opaque-string.js';

/** Data only, about 49,000 passwords that were seen most often in leaks, in lower case; those too short are refused anyway. */
const common: ReadonlySet<string> = new Set(
  dictionary['passwords-common'].filter((password) => password.length >= 8),
);

/** Whether a password is one of the most common ones, in any letter case and Unicode form. */
export const isCommonPassword = (password: string): boolean =>
  common.has(opaqueString(password).toLowerCase());
