import { createHash, randomBytes } from 'node:crypto';
import type { MailSecrets } from '../../application/ports.js';

/** SHA-256 in hexadecimal. No salt and no slow hash: nobody guesses 256 random bits. */
const hash = (token: string): string => createHash('sha256').update(token).digest('hex');

/** 256 random bits in base64url, of which only the hash is stored. */
export const randomSecrets: MailSecrets = {
  mint: () => {
    const token = randomBytes(32).toString('base64url');
    return { token, hash: hash(token) };
  },
  hash,
};
