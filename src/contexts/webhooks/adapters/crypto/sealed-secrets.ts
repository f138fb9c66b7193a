import { createCipheriv, createDecipheriv, randomBytes, type KeyObject } from 'node:crypto';
import { derivedSecret } from '#src/platform/derived-secret.js';
import type { Secrets } from '../../application/ports.js';
import type { SealedSecret } from '../../domain/ids.js';
import { SECRET_PREFIX } from '../../domain/endpoint.js';

/** A signing key of access tokens, as far as secrets are derived from it. */
interface SigningKey {
  readonly privateKey: KeyObject;
}

/** The key that signs now, then earlier ones. */
export type KeyRing = () => readonly [SigningKey, ...SigningKey[]];

const CIPHER = 'aes-256-gcm';
const [NONCE_BYTES, TAG_BYTES, SECRET_BYTES] = [12, 16, 32];

const seal = (secret: string, key: KeyObject): SealedSecret => {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce);
  const bytes = [nonce, cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()];
  return Buffer.concat(bytes).toString('base64') as SealedSecret; // the only place that makes one
};

/** Returns the secret; null if it is sealed under another key. */
const open = (sealed: SealedSecret, key: KeyObject): string | null => {
  const bytes = Buffer.from(sealed, 'base64');
  try {
    const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    const begin = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
    return Buffer.concat([begin, decipher.final()]).toString('utf8');
  } catch {
    return null; // the tag does not match
  }
};

/**
 * Encrypts secrets with keys that are derived from the signing keys of access tokens, of which no store has a copy: newly sealed is
 * what is sealed under the first, and what an earlier one sealed is read as long as that key is in the ring.
 */
export const sealedSecrets = (ring: () => KeyRing): Secrets => {
  const derived = new WeakMap<SigningKey, KeyObject>();
  const keyOf = (key: SigningKey): KeyObject => {
    const found = derived.get(key) ?? derivedSecret(key.privateKey, 'portico/webhook-secrets/v1');
    derived.set(key, found);
    return found;
  };
  let keys: KeyRing | undefined;
  const present = (): readonly [SigningKey, ...SigningKey[]] => (keys ??= ring())();
  return {
    create: () => `${SECRET_PREFIX}${randomBytes(SECRET_BYTES).toString('base64')}`,
    seal: (secret) => seal(secret, keyOf(present()[0])),
    open: (sealed) => {
      for (const key of present()) {
        const secret = open(sealed, keyOf(key));
        if (secret !== null) return secret;
      }
      return null;
    },
    isCurrent: (sealed) => open(sealed, keyOf(present()[0])) !== null,
  };
};
