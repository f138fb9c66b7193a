import { createHmac, type KeyObject } from 'node:crypto';
import { networkOf } from '#src/platform/http/connections/client-address.js';
import type { HashPlace } from '../../application/ports.js';

/**
 * HMAC-SHA-256 of user and network. There are so few networks that a hash without a secret could be turned back. A new
 * secret comes first; what was stored under an earlier one is found for as long as that is given as well.
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
