import { Op } from 'sequelize';
import { pageOf } from '../../../../kernel/page.js';
import { readPage } from '../../../../platform/database/lists.js';
import { insertRow, type Where } from '../../../../platform/database/rows.js';
import type { SqlScope } from '../../../../platform/database/scope.js';
import type { EntryFilter, EntryRepository } from '../../application/ports.js';
import type { Entry } from '../../domain/entry.js';
import { auditTables } from './audit-tables.js';

const matching = ({ actor, action, subject, from, to }: EntryFilter): Where<Entry> => ({
  ...(actor && { actorId: actor }),
  ...(action && { action }),
  ...(subject && { subjectId: subject }),
  ...((from ?? to) && { at: { ...(from && { [Op.gte]: from }), ...(to && { [Op.lt]: to }) } }),
});

export const sequelizeEntryRepository = (scope: SqlScope): EntryRepository => {
  const { entries } = auditTables(scope.sequelize);
  return {
    add: (entry) => insertRow(entries, entry, scope),
    list: async (filter, page) => {
      const sort = { column: 'at', direction: 'desc' } as const;
      const rows = await readPage(entries, { where: matching(filter), sort, page }, scope);
      return pageOf(rows, page.limit, ({ id, at }) => ({ key: at.getTime(), id }));
    },
  };
};
