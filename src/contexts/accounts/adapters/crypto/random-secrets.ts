import { hash as digest, randomBytes } from 'node:crypto';
import type { MailSecrets } from '../../application/ports.js';

/** Returns SHA-256 in hexadecimal. It needs no salt and no slow hash: 256 random bits cannot be guessed. */
const hash = (token: string): string => digest('sha256', token, 'hex');

/** Generates 256 random bits in base64url, of which only the hash is stored. */
export const randomSecrets: MailSecrets = {
  mint: () => {
    const token = randomBytes(32).toString('base64url');
    return { token, hash: hash(token) };
  },
  hash,
};
