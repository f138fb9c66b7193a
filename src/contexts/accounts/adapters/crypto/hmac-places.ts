import { createHmac, type KeyObject } from 'node:crypto';
import { networkOf } from '#src/platform/http/connections/client-address.js';
import type { HashPlace } from '../../application/ports.js';

/**
 * Hashes user and network with HMAC-SHA-256. There are so few networks that a hash without a secret could be reversed. The newest
 * secret comes first; a place that was stored under an earlier one is found while that secret is configured.
 */
export const hmacPlaces =
  (secrets: () => readonly [KeyObject, ...KeyObject[]]): HashPlace =>
  (user, address) => {
    const hash = (secret: KeyObject): string =>
      createHmac('sha256', secret)
        .update(`${user ?? ''}\0${networkOf(address)}`)
        .digest('hex');
    const [current, ...earlier] = secrets();
    return [hash(current), ...earlier.map(hash)];
  };
