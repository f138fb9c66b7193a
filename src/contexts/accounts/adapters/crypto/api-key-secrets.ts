import { hash as digest, randomBytes } from 'node:crypto';
import type { ApiKeySecrets } from '../../application/ports.js';
import { apiKeyOf, isApiKey, shownPartOf } from '../api-key-form.js';

const RANDOM_BYTES = 32;

/** Returns SHA-256 in hexadecimal. It needs no salt and no slow hash: 256 random bits cannot be guessed. */
const hash = (text: string): string => digest('sha256', text, 'hex');

/** Generates keys of 256 random bits, of which only the hash and the beginning are stored. */
export const apiKeySecrets: ApiKeySecrets = {
  mint: () => {
    const secret = apiKeyOf(randomBytes(RANDOM_BYTES));
    return { secret, hash: hash(secret), prefix: shownPartOf(secret) };
  },
  hash: (text) => (isApiKey(text) ? hash(text) : null),
};
