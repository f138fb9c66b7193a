import { createHmac } from 'node:crypto';
import { availableParallelism } from 'node:os';
import bcrypt from 'bcrypt';
import { fairQueue } from '#src/platform/fair-queue.js';
import type { PasswordHashers } from '../../application/ports.js';
import { isCommonPassword } from '../common-passwords.js';
import { opaqueString } from '../opaque-string.js';
import { fail } from '../../domain/errors.js';

export interface BcryptOptions {
  /** The logarithm of the work: 12 takes about a quarter of a second. */
  readonly cost: number;
  /** How many hashes are worked on at once. */
  readonly concurrent?: number;
  /** Maximum number of hashes that wait; a further one fails with `hashing_busy`, or displaces one that does. */
  readonly waiting?: number;
  /** Maximum number of hashes that wait for callers of one network. */
  readonly waitingEach?: number;
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
 * that depend on all of it.
 */
const digest = (text: string): string => createHmac('sha384', KEY).update(text).digest('base64');

/** The digests by which a password may be stored. At first spaces were stored as they had been typed. */
const digestsOf = (password: string): readonly string[] => [
  ...new Set([opaqueString(password), password.normalize('NFC')].map(digest)),
];

/** A stored hash that is none is damage to be told of, not a wrong password. */
const bcryptHash = (stored: string): string => {
  const hash = STORED.exec(stored)?.groups?.['hash'];
  if (hash === undefined) throw new Error('a stored password hash is not of a form that is known');
  return hash;
};

/** A hash of the cost in question that is nobody's: comparing with it takes as long as with a real one. */
const nobodysHash = (cost: number): string => `$2b$${String(cost).padStart(2, '0')}$${'.'.repeat(53)}`;

/**
 * bcrypt over a keyed digest, stored as `v1$` and bcrypt's own format, which tells the cost. Networks take turns. With
 * the bounds that are set here, a network's own hashes wait for 8 others of it, and for 32 in all, on each thread.
 */
export const bcryptPasswordHashers = ({
  cost,
  concurrent = defaultConcurrency(),
  waiting = 32 * concurrent,
  waitingEach = 8 * concurrent,
}: BcryptOptions): PasswordHashers => {
  const queue = fairQueue({ concurrent, waiting, waitingEach, full: () => fail('hashing_busy') });

  return ({ network, worked }) => ({
    hash: (password) =>
      queue(network, async () => {
        worked();
        return `${PREFIX}${await bcrypt.hash(digest(opaqueString(password)), cost)}`;
      }),
    verify: async (password, stored) => {
      const hash = stored === null ? nobodysHash(cost) : bcryptHash(stored);
      const same = await queue(network, async () => {
        let found = false;
        // Each of them, whatever comes of the first, so that all wrong passwords take the same time.
        for (const each of digestsOf(password)) {
          worked();
          found = (await bcrypt.compare(each, hash)) || found;
        }
        return found;
      });
      return same && stored !== null;
    },
    isOutdated: (stored) => bcrypt.getRounds(bcryptHash(stored)) !== cost,
    isCommon: isCommonPassword,
  });
};
