import { Op } from 'sequelize';
import { failWrite } from '#src/kernel/errors.js';
import { Money, type Currency } from '#src/kernel/money.js';
import { pageOf } from '#src/kernel/page.js';
import { insertRowIf } from '#src/platform/database/insert-if.js';
import { positionBy, readPageColumns, valuesOf } from '#src/platform/database/lists.js';
import {
  deleteRows,
  findColumns,
  findRow,
  insertRow,
  updateVersion,
  type Sql,
} from '#src/platform/database/rows.js';
import type { SqlScope } from '#src/platform/database/scope.js';
import type { ReservationRepository } from '../../application/ports.js';
import { SETTLED_STATES, type Reservation } from '../../domain/reservation.js';
import type { SoldLine } from '../../domain/sale.js';
import { catalogTables, type ReservationRow } from './catalog-tables.js';

/** A line as it is stored; the currency is the shop's. */
type StoredLine = Omit<SoldLine, 'unitPrice'> & { readonly unitPriceMinor: number };

const linesText = (lines: readonly SoldLine[]): string =>
  JSON.stringify(
    lines.map(({ productId, quantity, sku, name, unitPrice }): StoredLine => ({
      ...{ productId, quantity, sku, name },
      unitPriceMinor: unitPrice.minor,
    })),
  );

const STORED = { stock_reservations_pkey: () => failWrite('stale_write') };

export const sequelizeReservationRepository = (
  scope: SqlScope,
  currency: Currency,
): ReservationRepository => {
  const { reservations } = catalogTables(scope.sequelize);

  const toReservation = ({ lines, ...row }: ReservationRow): Reservation => ({
    ...row,
    // Written by `linesText` alone.
    lines: (JSON.parse(lines) as readonly StoredLine[]).map(({ unitPriceMinor, ...line }) => ({
      ...line,
      unitPrice: Money.of(unitPriceMinor, currency),
    })),
  });
  const toRow = ({ lines, ...row }: Reservation): ReservationRow => ({ ...row, lines: linesText(lines) });
  const findOne = async (orderId: Reservation['orderId'], lock: boolean): Promise<Reservation | null> => {
    const row = await findRow(reservations, { orderId }, scope, { lock });
    return row && toReservation(row);
  };

  return {
    find: (orderId) => findOne(orderId, false),
    listOverdue: async (expiredBefore, page) => {
      const rows = await readPageColumns(
        reservations,
        ['orderId', 'expiresAt'],
        {
          equal: { state: 'reserved' },
          range: { to: expiredBefore },
          sort: { column: 'expiresAt', direction: 'asc' },
          idColumn: 'orderId',
          page,
        },
        scope,
      );
      const { items, next } = pageOf(rows, page.limit, positionBy<ReservationRow>('expiresAt', 'orderId'));
      return { items: items.map(({ orderId }) => orderId), next };
    },
    lock: (orderId) => findOne(orderId, true),
    add: (reservation) => insertRow(reservations, toRow(reservation), scope, STORED),
    addFirst: async (reservation) => {
      const stored = valuesOf(reservations, 'orderId', { orderId: reservation.orderId });
      const isNone: Sql = (bind) => `NOT EXISTS ${stored(bind)}`;
      return (await insertRowIf(reservations, toRow(reservation), isNone, scope, STORED)) === 1;
    },
    update: ({ orderId, version, state, lines, updatedAt }) =>
      updateVersion(reservations, { orderId, version }, { state, lines: linesText(lines), updatedAt }, scope),
    purge: async (expiredBefore, limit) => {
      const isOld = { state: { [Op.in]: [...SETTLED_STATES] }, expiresAt: { [Op.lt]: expiredBefore } };
      const old = await findColumns(reservations, ['orderId'], { where: isOld, limit }, scope);
      const ids = old.map(({ orderId }) => orderId).sort();
      return ids.length === 0 ? 0 : deleteRows(reservations, { orderId: { [Op.in]: ids } }, scope);
    },
  };
};
