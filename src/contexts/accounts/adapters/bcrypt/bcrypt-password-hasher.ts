import { createHmac } from 'node:crypto';
import { availableParallelism } from 'node:os';
import bcrypt from 'bcrypt';
import pLimit from 'p-limit';
import type { PasswordHasher } from '../../application/ports.js';
import { isCommonPassword } from '../common-passwords.js';
import { fail } from '../../domain/errors.js';

export interface BcryptOptions {
  /** The logarithm of the work: 12 takes about a quarter of a second. */
  readonly cost: number;
  /** How many hashes are worked on at once. */
  readonly concurrent?: number;
  /** How many more may wait; whoever comes then is sent away with `hashing_busy`. */
  readonly waiting?: number;
}

const PREFIX = 'v1$';
const KEY = 'portico/password/v1';
const STORED = /^v1\$(?<hash>\$2[aby]\$\d\d\$[./A-Za-z0-9]{53})$/;

/**
 * A core stays free for the event loop, or every other request would wait for passwords. So does one of libuv's four
 * threads, on which hashing runs: files and host names are looked up there too.
 */
const defaultConcurrency = (): number => Math.max(1, Math.min(availableParallelism() - 1, 3));

/**
 * What bcrypt is given instead of the password, of which it would read 72 bytes and nothing behind a NUL: 64 characters
 * that depend on all of it. In NFC, so that it does not matter which keyboard has composed an accent (RFC 8265 §4.2.2).
 */
const digest = (password: string): string =>
  createHmac('sha384', KEY).update(password.normalize('NFC')).digest('base64');

/** A stored hash that is none is damage to be told of, not a wrong password. */
const bcryptHash = (stored: string): string => {
  const hash = STORED.exec(stored)?.groups?.['hash'];
  if (hash === undefined) throw new Error('a stored password hash is not of a form that is known');
  return hash;
};

/** A hash of the cost in question that is nobody's: comparing with it takes as long as with a real one. */
const nobodysHash = (cost: number): string => `$2b$${String(cost).padStart(2, '0')}$${'.'.repeat(53)}`;

/** bcrypt over a keyed digest, stored as `v1$` and bcrypt's own format, which tells the cost. */
export const bcryptPasswordHasher = ({
  cost,
  concurrent = defaultConcurrency(),
  waiting = 16 * concurrent,
}: BcryptOptions): PasswordHasher => {
  const limit = pLimit(concurrent);

  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    if (limit.activeCount + limit.pendingCount >= concurrent + waiting) throw fail('hashing_busy');
    return limit(work);
  };

  return {
    hash: async (password) => inTurn(async () => `${PREFIX}${await bcrypt.hash(digest(password), cost)}`),
    verify: async (password, stored) => {
      const hash = stored === null ? nobodysHash(cost) : bcryptHash(stored);
      const same = await inTurn(() => bcrypt.compare(digest(password), hash));
      return same && stored !== null;
    },
    isOutdated: (stored) => bcrypt.getRounds(bcryptHash(stored)) !== cost,
    isCommon: isCommonPassword,
  };
};
