import { Op } from 'sequelize';
import { pageOf } from '#src/kernel/page.js';
import { positionBy, readPage } from '#src/platform/database/lists.js';
import { deleteRows, findColumns, findRows, insertRow, type Where } from '#src/platform/database/rows.js';
import type { SqlScope } from '#src/platform/database/scope.js';
import type { AttemptRepository } from '../../application/ports.js';
import { webhookTables, type AttemptRow } from './webhook-tables.js';

const LATEST = [
  ['at', 'desc'],
  ['id', 'desc'],
] as const;

export const sequelizeAttemptRepository = (scope: SqlScope): AttemptRepository => {
  const { attempts } = webhookTables(scope.sequelize);
  const position = positionBy<AttemptRow>('at');
  return {
    list: async (endpointId, { eventId, outcome, from, to }, page) => {
      const sort = { column: 'at', direction: 'desc' } as const;
      // An event has few attempts, so its index comes first and the outcome is looked at in them.
      const query =
        eventId === undefined
          ? { equal: { endpointId, ...(outcome !== undefined && { outcome }) } }
          : {
              equal: { endpointId, eventId },
              where: (outcome === undefined ? {} : { outcome }) as Where<AttemptRow>,
            };
      return pageOf(
        await readPage(attempts, { ...query, range: { from, to }, sort, page }, scope),
        page.limit,
        position,
      );
    },
    findLatest: async (endpointId, eventId, outcome) => {
      const where = { endpointId, eventId, ...(outcome !== undefined && { outcome }) };
      const query = { where, order: LATEST, limit: 1 };
      return (await findRows(attempts, query, scope))[0] ?? null;
    },
    add: (attempt) => insertRow(attempts, attempt, scope),
    purge: async (before, limit) => {
      const where = { at: { [Op.lt]: before } };
      const order = [
        ['at', 'asc'],
        ['id', 'asc'],
      ] as const;
      const old = await findColumns(attempts, ['id'], { where, order, limit }, scope);
      const ids = old.map(({ id }) => id).sort();
      return ids.length === 0 ? 0 : deleteRows(attempts, { id: { [Op.in]: ids } }, scope);
    },
  };
};
