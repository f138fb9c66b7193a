import { failWrite } from '#src/kernel/errors.js';
import type { UserId } from '#src/kernel/ids.js';
import { instant, nullable, primaryKey, uuid } from '../database/columns.js';
import { findRow, insertRow, updateRows } from '../database/rows.js';
import type { SqlScope } from '../database/scope.js';
import { defineTable, defineTables } from '../database/tables.js';
import type { People } from './people.js';

export const peopleTables = defineTables((db) => ({
  people: defineTable(db, 'people', {
    id: primaryKey(uuid<UserId>()),
    erasedAt: nullable(instant()),
  }),
}));

/** A concurrent transaction has added the person since this one has looked. */
const ADDED = { people_pkey: () => failWrite('stale_write') };

export const sequelizePeople = (scope: SqlScope): People => {
  const { people } = peopleTables(scope.sequelize);
  const lock = (id: UserId) => findRow(people, { id }, scope, { lock: true });
  return {
    lock: async (id) => {
      const found = await lock(id);
      if (found === null) await insertRow(people, { id, erasedAt: null }, scope, ADDED);
      return (found?.erasedAt ?? null) === null;
    },
    erase: async (id, erasedAt) => {
      const found = await lock(id);
      if (found === null) await insertRow(people, { id, erasedAt }, scope, ADDED);
      else if (found.erasedAt === null) await updateRows(people, { erasedAt }, { id }, scope);
    },
  };
};
