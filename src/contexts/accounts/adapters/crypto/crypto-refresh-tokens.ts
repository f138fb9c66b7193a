import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import type { RefreshTokens } from '../../application/ports.js';
import { REFRESH_GRACE_MS } from '../../domain/session.js';
import { randomSecrets } from './random-secrets.js';

export interface RefreshTokenOptions {
  /** Seconds after which a session ends, however often it is refreshed. */
  readonly lifetime: number;
  /** Seconds after which a session without a refresh ends. */
  readonly idle: number;
}

const ALGORITHM = 'aes-256-gcm';
const KEY_INFO = 'portico/refresh-successor/v1';
const [NONCE_BYTES, TAG_BYTES] = [12, 16];

/** Derives the key of the sealed successor from a consumed token: not its hash, which is stored in the same row. */
const keyFrom = (token: string): Uint8Array => new Uint8Array(hkdfSync('sha256', token, '', KEY_INFO, 32));

/** Returns nonce, tag and cipher text in base64url. */
const seal = (text: string, token: string): string => {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, keyFrom(token), nonce, { authTagLength: TAG_BYTES });
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url');
};

/** Returns null if it was sealed with another token. */
const unseal = (sealed: string, token: string): string | null => {
  const bytes = Buffer.from(sealed, 'base64url');
  const [nonce, tag] = [bytes.subarray(0, NONCE_BYTES), bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES)];
  const decipher = createDecipheriv(ALGORITHM, keyFrom(token), nonce, { authTagLength: TAG_BYTES });
  decipher.setAuthTag(tag);
  const text = decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES));
  try {
    return Buffer.concat([text, decipher.final()]).toString('utf8');
  } catch {
    return null; // `final` fails for one reason only: the tag does not match the key
  }
};

const seconds = (after: Date, count: number): number => after.getTime() + count * 1000;

export const cryptoRefreshTokens = ({ lifetime, idle }: RefreshTokenOptions): RefreshTokens => ({
  expiry: (createdAt, at) => new Date(Math.min(seconds(createdAt, lifetime), seconds(at, idle))),
  ...randomSecrets,
  seal: (successor, consumed, at) => ({
    sealed: seal(successor, consumed),
    until: new Date(at.getTime() + REFRESH_GRACE_MS),
  }),
  reveal: ({ sealed, until }, consumed, at) =>
    at.getTime() < until.getTime() ? unseal(sealed, consumed) : null,
});
