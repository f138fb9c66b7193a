import { failWrite } from '#src/kernel/errors.js';
import { pageOf } from '#src/kernel/page.js';
import { pageOfRows } from '#src/platform/memory/page.js';
import type { MemoryScope } from '#src/platform/memory/store.js';
import { primaryName } from '#src/platform/memory/table.js';
import { updateVersion } from '#src/platform/memory/versions.js';
import type { ReservationRepository } from '../../application/ports.js';
import { SETTLED_STATES, type Reservation } from '../../domain/reservation.js';
import { reservationTable } from './memory-catalog-tables.js';

const STORED = { [primaryName(reservationTable)]: () => failWrite('stale_write') };

const expiry = ({ expiresAt }: Reservation): number => expiresAt.getTime();

export const memoryReservationRepository = (scope: MemoryScope): ReservationRepository => {
  const reservations = scope.table(reservationTable);
  return {
    find: (orderId) => reservations.find(orderId),
    listOverdue: async (expiredBefore, page) => {
      const overdue = await reservations.all(
        ({ state, expiresAt }) => state === 'reserved' && expiresAt < expiredBefore,
      );
      const id = ({ orderId }: Reservation) => orderId;
      const rows = pageOfRows(overdue, { sort: expiry, id, direction: 'asc', page });
      const { items, next } = pageOf(rows, page.limit, (row) => ({ key: expiry(row), id: id(row) }));
      return { items: items.map(id), next };
    },
    lock: (orderId) => reservations.lock(orderId),
    add: (reservation) => reservations.insert(reservation, STORED),
    addFirst: async (reservation) => {
      if ((await reservations.find(reservation.orderId)) !== null) return false;
      await reservations.insert(reservation, STORED);
      return true;
    },
    update: ({ orderId, version, state, lines, updatedAt }) =>
      updateVersion(reservations, orderId, version, { state, lines, updatedAt }),
    purge: async (expiredBefore, limit) => {
      const isOld = ({ state, expiresAt }: Reservation): boolean =>
        SETTLED_STATES.includes(state) && expiresAt < expiredBefore;
      const old = new Set((await reservations.all(isOld)).slice(0, limit).map(({ orderId }) => orderId));
      return reservations.deleteWhere((row) => old.has(row.orderId) && isOld(row));
    },
  };
};
