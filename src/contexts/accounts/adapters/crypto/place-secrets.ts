import type { KeyObject } from 'node:crypto';

/** A signing key of access tokens, as far as secrets are derived from it. */
interface SigningKey {
  readonly privateKey: KeyObject;
}

/** The key that signs now, then earlier ones. */
type KeyRing = () => readonly [SigningKey, ...SigningKey[]];
import { derivedSecret } from '#src/platform/derived-secret.js';

/**
 * Returns the secrets under which places are stored: one for each key of the ring, so that a place stays known as long as the key
 * of its time is in the ring.
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
