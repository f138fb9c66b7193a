import { failWrite } from '#src/kernel/errors.js';
import { compareText } from '#src/kernel/text.js';
import type { MemoryScope } from '#src/platform/memory/store.js';
import type { KnownPlaceRepository } from '../../application/ports.js';
import type { KnownPlace } from '../../domain/known-place.js';
import { knownPlaces } from './account-tables.js';

const TAKEN = {
  known_places_pkey: () => failWrite('stale_write'),
  known_places_userId_fk: () => failWrite('stale_write'),
};

const latestFirst = (a: KnownPlace, b: KnownPlace): number =>
  b.seenAt.getTime() - a.seenAt.getTime() || compareText(b.placeHash, a.placeHash);

export const memoryKnownPlaceRepository = (scope: MemoryScope): KnownPlaceRepository => {
  const table = scope.table(knownPlaces);
  const remove = (places: readonly KnownPlace[]): Promise<number> => {
    const hashes = new Set(places.map(({ placeHash }) => placeHash));
    return table.deleteWhere(({ placeHash }) => hashes.has(placeHash));
  };
  return {
    lastSeen: async (placeHashes) => {
      const places = await table.all(({ placeHash }) => placeHashes.includes(placeHash));
      return places.toSorted(latestFirst)[0]?.seenAt ?? null;
    },
    put: async (place, most) => {
      const { placeHash, userId, seenAt } = place;
      if ((await table.update(placeHash, (row) => ({ ...row, seenAt }))) > 0) return;
      await table.insert(place, TAKEN);
      const all = await table.all((each) => each.userId === userId);
      await remove(all.toSorted(latestFirst).slice(most));
    },
    removeAll: async (userId) => {
      await table.deleteWhere((each) => each.userId === userId);
    },
    purge: async (before, limit) =>
      remove((await table.all(({ seenAt }) => seenAt < before)).slice(0, limit)),
  };
};
