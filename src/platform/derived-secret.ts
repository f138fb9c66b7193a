import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';

/**
 * Derives a secret for one purpose from a key that all processes of a shop have and no store contains: a signing key of access
 * tokens, or the secret of services.
 */
export const derivedSecret = (key: KeyObject, purpose: string): KeyObject => {
  const bytes = key.type === 'secret' ? key.export() : key.export({ type: 'pkcs8', format: 'der' });
  return createSecretKey(new Uint8Array(hkdfSync('sha256', bytes, '', purpose, 32)));
};
