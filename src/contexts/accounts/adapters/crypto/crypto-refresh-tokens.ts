import { createHash, randomBytes } from 'node:crypto';
import type { RefreshTokens } from '../../application/ports.js';

/** SHA-256 in hexadecimal. No salt and no slow hash: nobody guesses 256 random bits. */
const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');

/** Refresh tokens are 256 random bits in base64url. A session of theirs ends after `lifetime` seconds, used or not. */
export const cryptoRefreshTokens = ({ lifetime }: { readonly lifetime: number }): RefreshTokens => ({
  expiry: (at) => new Date(at.getTime() + lifetime * 1000),
  mint: () => {
    const token = randomBytes(32).toString('base64url');
    return { token, hash: hashOf(token) };
  },
  hash: hashOf,
});
