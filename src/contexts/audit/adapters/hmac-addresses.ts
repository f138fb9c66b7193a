import { createHmac, randomBytes } from 'node:crypto';
import type { AddressHashes, Addresses } from '../application/ports.js';

/** HMAC-SHA-256 under 256 random bits: there are so few addresses that a hash without a secret could be turned back. */
export const hmacAddresses: Addresses = {
  newSalt: () => randomBytes(32).toString('hex'),
  hash: (address, salt) => createHmac('sha256', Buffer.from(salt, 'hex')).update(address).digest('hex'),
};

/** No network address has the form of these hashes. */
const HASH = /^[0-9a-f]{64}$/;

/** Takes only hashes of `hmacAddresses`, never an address. */
export const onlyHashedAddresses: AddressHashes = {
  of: ({ address }) => (address !== null && HASH.test(address) ? address : null),
};
