import type { Now } from '#src/kernel/clock.js';
import type { OrderId, ProductId } from '#src/kernel/ids.js';
import type { Currency } from '#src/kernel/money.js';
import type { Transact } from '#src/kernel/transact.js';
import type { Route } from '#src/platform/http/routes/route.js';
import { operationRoute, type Operation } from '#src/platform/http/services/operation.js';
import type { ServiceClient } from '#src/platform/http/services/service-client.js';
import { array, integer, object, string, uuid } from '#src/platform/schema/schema.js';
import type { ReservationPorts } from '../../application/ports.js';
import { releaseReservation } from '../../application/release-reservation.js';
import { reserveStock } from '../../application/reserve-stock.js';
import { fail } from '../../domain/errors.js';
import type { SoldLine, WantedLine } from '../../domain/sale.js';
import { MAX_STOCK } from '../../domain/stock.js';
import { currencyCode, minorUnits, moneyIn } from './amounts.js';

const wanted = { productId: uuid<ProductId>(), quantity: integer({ min: 1, max: MAX_STOCK }) };

interface ReserveStockRequest {
  readonly orderId: OrderId;
  readonly lines: readonly WantedLine[];
  /** Milliseconds: the clocks of the processes may differ. */
  readonly forMs: number;
}

interface ReserveStockResponse {
  readonly currency: string;
  readonly lines: readonly (Omit<SoldLine, 'unitPrice'> & { readonly unitPriceMinor: number })[];
}

const RESERVE_STOCK: Operation<ReserveStockRequest, ReserveStockResponse> = {
  name: 'reserveStock',
  summary: 'Reserve the stock of an order',
  request: object('ReserveStockRequest', {
    orderId: uuid<OrderId>(),
    lines: array(object('WantedLine', wanted)),
    forMs: integer({ min: 1, max: 3_600_000 }),
  }),
  response: object('ReserveStockResponse', {
    currency: currencyCode(),
    lines: array(
      object('SoldLine', {
        ...wanted,
        sku: string().nullable(),
        name: string(),
        unitPriceMinor: minorUnits(),
      }),
    ),
  }),
  errors: fail.pick('out_of_stock', 'reservation_lapsed'),
};

const RELEASE_RESERVATION: Operation<{ readonly orderId: OrderId }, object> = {
  name: 'releaseReservation',
  summary: 'Release the reserved stock of an order',
  request: object('ReleaseReservationRequest', { orderId: uuid<OrderId>() }),
  response: object('ReleaseReservationResponse', {}),
};

export interface ReservationDeps {
  readonly transact: Transact<ReservationPorts>;
  readonly now: Now;
  readonly currency: Currency;
}

/** Returns the routes by which other processes reserve and release stock. */
export const reservationRoutes = ({ transact, now, currency }: ReservationDeps): readonly Route[] => [
  operationRoute(RESERVE_STOCK, async ({ orderId, lines, forMs }) => {
    const expiresAt = new Date(now().getTime() + forMs);
    const sold = await transact(reserveStock({ now })(orderId, lines, { expiresAt }));
    return {
      currency: currency.code,
      lines: sold.map(({ unitPrice, ...line }) => ({ ...line, unitPriceMinor: unitPrice.minor })),
    };
  }),
  operationRoute(RELEASE_RESERVATION, async ({ orderId }) => {
    await transact(releaseReservation(orderId));
    return {};
  }),
];

export interface RemoteReservations {
  /**
   * Takes every line or none for so many milliseconds, and returns names and prices. Idempotent by the order's id. Fails with `out_of_stock`,
   * `reservation_lapsed` or `service_unavailable`.
   */
  reserveStock(orderId: OrderId, lines: readonly WantedLine[], forMs: number): Promise<readonly SoldLine[]>;
  /** Returns the reserved stock, and refuses a reservation that arrives later. Idempotent. Fails with `service_unavailable`. */
  releaseReservation(orderId: OrderId): Promise<void>;
}

/** Reserves stock through the process that holds the catalogue. `currency` is the shop's. */
export const remoteReservations = (
  { call }: Pick<ServiceClient, 'call'>,
  currency: Currency,
): RemoteReservations => ({
  reserveStock: async (orderId, lines, forMs) => {
    const reserved = await call(RESERVE_STOCK, { orderId, lines, forMs });
    const money = moneyIn(reserved.currency, currency);
    return reserved.lines.map(({ unitPriceMinor, ...line }) => ({
      ...line,
      unitPrice: money(unitPriceMinor),
    }));
  },
  releaseReservation: async (orderId) => {
    await call(RELEASE_RESERVATION, { orderId });
  },
});
