import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';

/**
 * Derives a secret for one purpose from a signing key of access tokens. All processes of a shop have that key, and no store
 * contains it.
 */
export const derivedSecret = (signingKey: KeyObject, purpose: string): KeyObject => {
  const bytes = signingKey.export({ type: 'pkcs8', format: 'der' });
  return createSecretKey(new Uint8Array(hkdfSync('sha256', bytes, '', purpose, 32)));
};
