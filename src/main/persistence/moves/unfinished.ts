import { Op } from 'sequelize';
import { countRows } from '#src/platform/database/copy-rows.js';
import type { Where } from '#src/platform/database/rows.js';
import type { AnyTable } from '#src/platform/database/tables.js';
import { serviceSubscriberName } from '#src/platform/inbox/service-subscriber.js';
import { outboxTables } from '#src/platform/outbox/sequelize-outbox-repository.js';
import { BACKEND_NAMES } from '../../services.js';
import { isUndelivered } from './copy.js';
import type { OpenPlace } from './places.js';
import { aggregatesOf, tablesOf } from './tables.js';

// Tables of several contexts go through one list here, so the compiler does not know the columns of a condition: hence the casts.

/** Rows of what is in progress between processes, by table. A `failed` reservation waits for the cancellation of its order. */
const OPEN: Readonly<Record<string, Where<object>>> = {
  order_placements: {},
  stock_reservations: { state: { [Op.in]: ['reserved', 'failed'] } } as Where<object>,
};

/** What a database has to do with the other services before its data can be moved to one database. */
export interface Unfinished {
  /** Ends by itself while the services run. */
  readonly waiting: readonly string[];
  /** Needs an operator. */
  readonly stuck: readonly string[];
}

/** Returns what a service's database has that concerns the other services, and is not over. */
export const unfinishedIn = async (place: OpenPlace): Promise<Unfinished> => {
  const { contexts, outside, sequelize, service } = place;
  const { events, deliveries } = outboxTables(sequelize);
  const own = aggregatesOf(contexts);
  const toOthers = {
    [Op.or]: [
      { subscriber: { [Op.in]: BACKEND_NAMES.map(serviceSubscriberName) } },
      (bind) => `${deliveries.names.qualified('aggregate')} NOT IN (${own.map(bind).join(', ')})`,
    ],
  } as Where<object>;
  const open: readonly (readonly [what: string, table: AnyTable, where: Where<object>])[] = [
    ['undispatched events', events, { dispatchedAt: null } as Where<object>],
    ['undelivered events', deliveries, { state: 'pending', [Op.and]: [toOthers] } as Where<object>],
    ...tablesOf(contexts, sequelize).flatMap((table) => {
      const where = OPEN[table.name];
      return where === undefined ? [] : [[`rows of ${table.name}`, table, where] as const];
    }),
  ];
  const say = async (what: string, table: AnyTable, where: Where<object>): Promise<readonly string[]> => {
    const count = await countRows(table, outside, where);
    return count === 0 ? [] : [`${String(count)} ${what} of ${service ?? 'the shop'}`];
  };
  const dead = { state: 'dead_lettered', [Op.and]: [toOthers] } as Where<object>;
  return {
    waiting: (await Promise.all(open.map((each) => say(...each)))).flat(),
    stuck: await say('dead-lettered events', deliveries, dead),
  };
};

/** Throws if a database has an undelivered event that would go nowhere, because none of its contexts appends such events. */
export const requireKnownEvents = async ({ contexts, outside, sequelize }: OpenPlace): Promise<void> => {
  const { events } = outboxTables(sequelize);
  const strange: Where<object> = (bind) =>
    `${events.names.qualified('aggregate')} NOT IN (${aggregatesOf(contexts).map(bind).join(', ')})`;
  const where = { [Op.and]: [isUndelivered(outside), strange] } as Where<object>;
  const count = await countRows(events, outside, where);
  if (count > 0)
    throw new Error(`${String(count)} undelivered events belong to no service: see "outbox subscribers"`);
};
