import type * as language from '@zxcvbn-ts/language-common';
import { onDemand } from '#src/platform/lazily.js';
import { opaqueString } from './opaque-string.js';

/** Data only, about 49,000 passwords that were seen most often in leaks, in lower case. */
const data = onDemand<typeof language>('@zxcvbn-ts/language-common');

let common: ReadonlySet<string> | undefined;

/** Returns the common passwords; those too short are refused anyway. */
const commonPasswords = (): ReadonlySet<string> =>
  (common ??= new Set(data().dictionary['passwords-common'].filter((password) => password.length >= 8)));

/** Whether a password is one of the most common ones, in any letter case and Unicode form. */
export const isCommonPassword = (password: string): boolean =>
  commonPasswords().has(opaqueString(password).toLowerCase());
