import { dictionary } from '@zxcvbn-ts/language-common';

/** Data only, about 49,000 passwords that were seen most often in leaks, in lower case; those too short are refused anyway. */
const common: ReadonlySet<string> = new Set(
  dictionary['passwords-common'].filter((password) => password.length >= 8),
);

/** Whether it is among the first that somebody would guess, in whatever letter case and Unicode form. */
export const isCommonPassword = (password: string): boolean =>
  common.has(password.normalize('NFC').toLowerCase());
