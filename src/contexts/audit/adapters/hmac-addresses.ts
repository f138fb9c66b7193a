import { createHmac, randomBytes } from 'node:crypto';
import type { Addresses } from '../application/ports.js';

/** HMAC-SHA-256 under 256 random bits: there are so few addresses that a hash without a secret could be turned back. */
export const hmacAddresses: Addresses = {
  newSalt: () => randomBytes(32).toString('hex'),
  hash: (address, salt) => createHmac('sha256', Buffer.from(salt, 'hex')).update(address).digest('hex'),
};
