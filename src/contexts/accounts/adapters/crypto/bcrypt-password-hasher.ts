import { createHmac } from 'node:crypto';
import { availableParallelism } from 'node:os';
import bcrypt from 'bcrypt';
import { fairQueue } from '#src/platform/fair-queue.js';
import type { PasswordHashers } from '../../application/ports.js';
import { isCommonPassword } from '../common-passwords.js';
import { opaqueString } from '../opaque-string.js';
import { fail } from '../../domain/errors.js';

export interface BcryptOptions {
  /** The base-2 logarithm of the work: 12 takes about a quarter of a second. */
  readonly cost: number;
  /** Number of processes that share the cores of this machine; 1 by default. */
  readonly processes?: number;
  /** Maximum number of hashes at the same time. */
  readonly concurrent?: number;
  /** Maximum number of hashes that wait; a further one fails with `hashing_busy`, or displaces a waiting one. */
  readonly waiting?: number;
  /** Maximum number of hashes that wait for callers of one network. */
  readonly waitingEach?: number;
}

const PREFIX = 'v1$';
const KEY = 'portico/password/v1';
const STORED = /^v1\$(?<hash>\$2[aby]\$\d\d\$[./A-Za-z0-9]{53})$/;

/**
 * Leaves a core free for the event loop: otherwise every other request would wait for passwords. It also leaves one of libuv's
 * four threads, on which hashing runs, for file access and DNS look-ups.
 */
const defaultConcurrency = (processes: number): number =>
  Math.max(1, Math.min(Math.floor((availableParallelism() - 1) / processes), 3));

/**
 * Returns the text that bcrypt hashes instead of the password, of which it would ignore everything after 72 bytes or a NUL: 64
 * characters that depend on the whole password.
 */
const digest = (text: string): string => createHmac('sha384', KEY).update(text).digest('base64');

/** Returns the digests by which a password may be stored. The first release stored spaces as they were typed. */
const digestsOf = (password: string): readonly string[] => [
  ...new Set([opaqueString(password), password.normalize('NFC')].map(digest)),
];

/** Throws if the stored text is not a hash: that is damage to report, not a wrong password. */
const bcryptHash = (stored: string): string => {
  const hash = STORED.exec(stored)?.groups?.['hash'];
  if (hash === undefined) throw new Error('a stored password hash is not of a form that is known');
  return hash;
};

/** Returns a hash of that cost that belongs to no password: comparing with it takes as long as with a real one. */
const unusedHash = (cost: number): string => `$2b$${String(cost).padStart(2, '0')}$${'.'.repeat(53)}`;

/**
 * Hashes with bcrypt over a keyed digest, stored as `v1$` and bcrypt's own format, which contains the cost. Networks take turns.
 * With the default limits, a network's own hashes wait for 8 others of that network, and for 32 in total, on each thread.
 */
export const bcryptPasswordHashers = ({
  cost,
  processes = 1,
  concurrent = defaultConcurrency(processes),
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
      const hash = stored === null ? unusedHash(cost) : bcryptHash(stored);
      const same = await queue(network, async () => {
        let found = false;
        // Compares all of them, whatever the first result, so that all wrong passwords take the same time.
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
