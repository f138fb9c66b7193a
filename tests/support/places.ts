import { createSecretKey } from 'node:crypto';
import { hmacPlaces } from '#src/contexts/accounts/adapters/crypto/hmac-places.js';

/** Under a fixed secret. */
export const hashPlace = hmacPlaces(() => [createSecretKey(Buffer.alloc(32))]);
