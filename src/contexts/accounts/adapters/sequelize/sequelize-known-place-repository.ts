import { Op } from 'sequelize';
import { failWrite } from '#src/kernel/errors.js';
import { deleteRows, findRows, insertRow, updateRows } from '#src/platform/database/rows.js';
import type { SqlScope } from '#src/platform/database/scope.js';
import type { KnownPlaceRepository } from '../../application/ports.js';
import { accountTables } from './account-tables.js';

const TAKEN = {
  known_places_pkey: () => failWrite('stale_write'),
  known_places_userId_fk: () => failWrite('stale_write'),
};

export const sequelizeKnownPlaceRepository = (scope: SqlScope): KnownPlaceRepository => {
  const { knownPlaces } = accountTables(scope.sequelize);
  const remove = (hashes: readonly string[]): Promise<number> =>
    deleteRows(knownPlaces, { placeHash: { [Op.in]: hashes.toSorted() } }, scope);
  return {
    lastSeen: async (placeHashes) => {
      const where = { placeHash: { [Op.in]: [...placeHashes] } };
      const [latest] = await findRows(knownPlaces, { where, order: [['seenAt', 'DESC']], limit: 1 }, scope);
      return latest?.seenAt ?? null;
    },
    put: async (place, most) => {
      const { placeHash, userId, seenAt } = place;
      if ((await updateRows(knownPlaces, { seenAt }, { placeHash }, scope)) > 0) return;
      await insertRow(knownPlaces, place, scope, TAKEN);
      const order: [string, string][] = [
        ['seenAt', 'DESC'],
        ['placeHash', 'DESC'],
      ];
      const all = await findRows(knownPlaces, { where: { userId }, order }, scope);
      const surplus = all.slice(most).map((each) => each.placeHash);
      if (surplus.length > 0) await remove(surplus);
    },
    removeAll: async (userId) => {
      const all = await findRows(knownPlaces, { where: { userId } }, scope);
      if (all.length > 0) await remove(all.map(({ placeHash }) => placeHash));
    },
    purge: async (before, limit) => {
      const old = await findRows(knownPlaces, { where: { seenAt: { [Op.lt]: before } }, limit }, scope);
      return old.length === 0 ? 0 : remove(old.map(({ placeHash }) => placeHash));
    },
  };
};
