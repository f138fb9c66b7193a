import { Op } from 'sequelize';
import { failWrite } from '#src/kernel/errors.js';
import type { UserId } from '#src/kernel/ids.js';
import { instant, milliseconds, nullable, primaryKey, uuid, version } from '../database/columns.js';
import { DATABASE_NOW } from '../database/lease.js';
import {
  findColumns,
  findRow,
  insertRows,
  plus,
  updateRows,
  type Changes,
  type Sql,
} from '../database/rows.js';
import type { SqlScope } from '../database/scope.js';
import { defineTable, defineTables, type RowIn } from '../database/tables.js';
import type { People } from './people.js';

export const peopleTables = defineTables((db) => ({
  people: defineTable(db, 'people', {
    id: primaryKey(uuid<UserId>()),
    erasedAt: nullable(instant()),
    heldUntil: nullable(milliseconds()),
    version: version(),
  }),
}));

type PersonRow = RowIn<ReturnType<typeof peopleTables>['people']>;

/** A concurrent transaction has added the person since this one has looked. */
const ADDED = { people_pkey: () => failWrite('stale_write') };

export const sequelizePeople = (scope: SqlScope): People => {
  const { people } = peopleTables(scope.sequelize);
  const clock = DATABASE_NOW[scope.sequelize.getDialect()] ?? '';
  const inMs =
    (ms: number): Sql =>
    (bind) =>
      `${clock} + ${bind(Math.round(ms))}`;
  const find = (id: UserId) => findRow(people, { id }, scope, { lock: true });
  const add = (id: UserId, given: Changes<PersonRow> = {}) =>
    insertRows(people, [{ id, erasedAt: null, heldUntil: null, version: 1, ...given }], scope, ADDED);
  const change = async (id: UserId, changes: Changes<PersonRow>): Promise<void> => {
    await updateRows(people, { ...changes, version: plus('version', 1, scope) }, { id }, scope);
  };
  const isHeld = async (id: UserId): Promise<boolean> => {
    const isLater: Sql = () => `${people.names.qualified('heldUntil')} > ${clock}`;
    const where = { [Op.and]: [{ id }, isLater] };
    return (await findColumns(people, ['id'], { where, limit: 1 }, scope)).length > 0;
  };
  return {
    lock: async (id) => {
      const found = await find(id);
      if (found === null) await add(id);
      if ((found?.erasedAt ?? null) !== null) return false;
      if ((found?.heldUntil ?? null) !== null && (await isHeld(id))) throw failWrite('stale_write');
      return true;
    },
    hold: async (id, forMs) => {
      const held = { heldUntil: inMs(forMs) };
      await ((await find(id)) === null ? add(id, held) : change(id, held));
    },
    erase: async (id, erasedAt) => {
      const found = await find(id);
      if (found === null) await add(id, { erasedAt });
      else if (found.erasedAt === null) await change(id, { erasedAt });
    },
  };
};
