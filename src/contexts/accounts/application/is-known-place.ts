import type { UserId } from '#src/kernel/ids.js';
import { KnownPlace } from '../domain/known-place.js';
import type { AccountsReaders } from './ports.js';

/** Returns whether a user has proved who they are from that network lately. No user takes the same work and is known nowhere. */
export const isKnownPlace =
  ({ knownPlaces, hashPlace, now }: Pick<AccountsReaders, 'knownPlaces' | 'hashPlace' | 'now'>) =>
  async (userId: UserId | null, address: string): Promise<boolean> =>
    KnownPlace.isKnown(await knownPlaces.lastSeen(hashPlace(userId, address)), now());
