import { Op } from 'sequelize';
import { pageOf } from '#src/kernel/page.js';
import { readPage } from '#src/platform/database/lists.js';
import { insertRow, type Where } from '#src/platform/database/rows.js';
import type { SqlScope } from '#src/platform/database/scope.js';
import { isSearch } from '../../application/queries.js';
import type { EntryFilter, EntryRepository } from '../../application/ports.js';
import type { Entry } from '../../domain/entry.js';
import { auditTables, type EntryRow } from './audit-tables.js';

/** Returns the conditions of a filter. Each filter has an index: the one that usually leaves the fewest entries comes first. */
const matching = (filter: EntryFilter) => {
  const { actor, action, subject, from, to } = filter;
  const [first, ...others] = [
    ...(subject ? [{ subjectId: subject }] : []),
    ...(actor ? [{ actorId: actor }] : []),
    ...(action ? [{ action }] : []),
  ];
  return {
    equal: first ?? {},
    range: { from, to },
    where: { [Op.and]: others } as Where<Entry>,
    isSearch: isSearch(filter),
  };
};

const toEntry = ({ actorType, ...row }: EntryRow): Entry => ({
  ...row,
  actorType: row.actorId === null ? null : (actorType ?? 'user'),
});

export const sequelizeEntryRepository = (scope: SqlScope): EntryRepository => {
  const { entries } = auditTables(scope.sequelize);
  return {
    add: (entry) => insertRow(entries, entry, scope),
    list: async (filter, page) => {
      const sort = { column: 'at', direction: 'desc' } as const;
      const rows = await readPage(entries, { ...matching(filter), sort, page }, scope);
      return pageOf(rows.map(toEntry), page.limit, ({ id, at }) => ({ key: at.getTime(), id }));
    },
  };
};
