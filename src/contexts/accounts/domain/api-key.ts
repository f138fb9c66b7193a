import { SCOPES, type Scope } from '#src/kernel/actor.js';
import type { ApiKeyId, UserId } from '#src/kernel/ids.js';
import { fail } from './errors.js';

/**
 * A credential of a program that calls the shop. It belongs to the shop and not to the administrator who created it. What it may do
 * never changes: another key replaces it.
 */
export interface ApiKey {
  readonly id: ApiKeyId;
  /** What the key is for, in the words of the administrator. */
  readonly name: string;
  /** The beginning of the key, by which people recognise it; far too short to guess the rest. */
  readonly prefix: string;
  /** Each once, in the order of `SCOPES`. */
  readonly scopes: readonly Scope[];
  /** Remains as a pseudonym when the administrator's account is erased. */
  readonly createdBy: UserId;
  readonly createdAt: Date;
  /** Null for a key that does not expire. */
  readonly expiresAt: Date | null;
  /** Up to a minute early while the key is in use; null if it was never used. No change of the aggregate. */
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
  readonly version: number;
}

export type NewApiKey = Pick<
  ApiKey,
  'id' | 'name' | 'prefix' | 'scopes' | 'createdBy' | 'createdAt' | 'expiresAt'
>;

/** How long a stored use of a key stands for later ones: each would have to write. */
export const USE_SHOWN_MS = 60_000;

/** Fails with `expiry_in_past`. */
const create = (key: NewApiKey): ApiKey => {
  if (key.expiresAt !== null && key.expiresAt.getTime() <= key.createdAt.getTime())
    throw fail('expiry_in_past');
  return {
    ...key,
    scopes: SCOPES.filter((scope) => key.scopes.includes(scope)),
    lastUsedAt: null,
    revokedAt: null,
    version: 1,
  };
};

const isLive = ({ revokedAt, expiresAt }: Pick<ApiKey, 'revokedAt' | 'expiresAt'>, at: Date): boolean =>
  revokedAt === null && (expiresAt === null || at.getTime() < expiresAt.getTime());

/** Returns the time before which a stored use has to be for a use at `at` to be stored. */
const useStoredBefore = (at: Date): Date => new Date(at.getTime() - USE_SHOWN_MS);

/** Returns whether a use at that time is to be stored. */
const isUseDue = ({ lastUsedAt }: Pick<ApiKey, 'lastUsedAt'>, at: Date): boolean =>
  lastUsedAt === null || lastUsedAt.getTime() < useStoredBefore(at).getTime();

const revoke = (key: ApiKey, at: Date): ApiKey => ({ ...key, revokedAt: at, version: key.version + 1 });

export const ApiKey = { create, isLive, useStoredBefore, isUseDue, revoke };
