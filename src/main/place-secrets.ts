import type { KeyObject } from 'node:crypto';
import type { KeyRing, SigningKey } from '#src/contexts/accounts/adapters/jwt/signing-keys.js';
import { derivedSecret } from './derived-secret.js';

/**
 * Returns the secrets under which places are stored: one for each key of the ring, so that a place stays known as long as
 * the key with which the user was there is kept.
 */
export const placeSecrets = (ring: () => KeyRing): (() => readonly [KeyObject, ...KeyObject[]]) => {
  const derived = new WeakMap<SigningKey, KeyObject>();
  const secretOf = (key: SigningKey): KeyObject => {
    const secret = derived.get(key) ?? derivedSecret(key.privateKey, 'portico/known-places/v1');
    derived.set(key, secret);
    return secret;
  };
  let keys: KeyRing | undefined;
  return () => {
    const [current, ...earlier] = (keys ??= ring())();
    return [secretOf(current), ...earlier.map(secretOf)];
  };
};
