import type { UserId } from '#src/kernel/ids.js';
import { KnownPlace } from '../domain/known-place.js';
import type { Client } from '../domain/session.js';
import type { AccountsPorts } from './ports.js';

/**
 * Step: remembers the network from which a user has just proved who they are. Nothing else makes a place known: a limit
 * that others use up from elsewhere does not count there.
 */
export const rememberPlace =
  ({ knownPlaces, hashPlace, now }: Pick<AccountsPorts, 'knownPlaces' | 'hashPlace' | 'now'>) =>
  async (userId: UserId, { address }: Client): Promise<void> => {
    if (address === null || address === '') return;
    const [placeHash] = hashPlace(userId, address);
    const seenAt = now();
    if (!KnownPlace.isToBeRenewed(await knownPlaces.lastSeen([placeHash]), seenAt)) return;
    await knownPlaces.put({ placeHash, userId, seenAt }, KnownPlace.MOST);
  };
