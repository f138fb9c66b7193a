import type { Logger } from 'pino';
import type { AccountsOffers, AccountsQueryOffers } from '#src/contexts/accounts/public.js';
import type { AuditOffers } from '#src/contexts/audit/public.js';
import type { CartOffers } from '#src/contexts/cart/public.js';
import type { CatalogOffers } from '#src/contexts/catalog/public.js';
import type { CustomersOffers } from '#src/contexts/customers/public.js';
import type { Now } from '#src/kernel/clock.js';
import type { NewId } from '#src/kernel/ids.js';
import type { Currency } from '#src/kernel/money.js';
import { PURGE_EVERY_MS, purgeAll, type Chore } from '#src/platform/chores.js';
import type {
  ContextModule,
  InProcess,
  InQueries,
  InTransaction,
  RepositoryMakers,
} from '#src/platform/context-module.js';
import type { CommandPorts } from '#src/platform/http/pipeline/run-command.js';
import { cancellationSubscriber } from './adapters/cancellation-subscriber.js';
import { orderRoutes } from './adapters/http/order-routes.js';
import { orderList } from './adapters/http/personal-data.js';
import { memoryBulkCancellationRepository } from './adapters/memory/memory-bulk-cancellation-repository.js';
import { memoryOrderRepository } from './adapters/memory/memory-order-repository.js';
import { memoryPlacementRepository } from './adapters/memory/memory-placement-repository.js';
import {
  accountBuyers,
  accountContacts,
  cartCheckout,
  catalogStock,
  customerAddresses,
  orderCustomers,
  repliesIn,
} from './adapters/neighbours.js';
import { orderTables } from './adapters/sequelize/order-tables.js';
import { sequelizeBulkCancellationRepository } from './adapters/sequelize/sequelize-bulk-cancellation-repository.js';
import { sequelizeOrderRepository } from './adapters/sequelize/sequelize-order-repository.js';
import { reservationReceiver, userReceiver } from './adapters/services/receivers.js';
import { sequelizePlacementRepository } from './adapters/sequelize/sequelize-placement-repository.js';
import { completeOrders } from './application/complete-orders.js';
import { END_EVERY_MS, endOverduePlacements } from './application/end-overdue-placements.js';
import { EXPIRE_EVERY_MS, expireOrders } from './application/expire-orders.js';
import { placeOrder } from './application/place-order.js';
import { placeReservedOrder } from './application/place-reserved-order.js';
import type {
  BulkCancellationReader,
  BulkCancellationRepository,
  Contacts,
  OrderingPorts,
  OrderReader,
  OrderRepository,
  PlacementReader,
  PlacementRepository,
  Reservations,
} from './application/ports.js';
import { fail } from './domain/errors.js';
import { releaseCustomer, requireNoOpenOrders } from './application/release-customer.js';

export interface Repositories {
  readonly orders: OrderRepository;
  readonly bulkCancellations: BulkCancellationRepository;
  readonly placements: PlacementRepository;
}

export interface Readers {
  readonly orders: OrderReader;
  readonly bulkCancellations: BulkCancellationReader;
  readonly placements: PlacementReader;
}

/** What queries read, outside of any transaction. */
export interface OrderingReaders extends Readers {
  readonly contacts: Contacts;
}

export interface Uses {
  readonly audit: AuditOffers;
  readonly accounts: AccountsOffers;
  readonly customers: CustomersOffers;
  readonly catalog: CatalogOffers;
  readonly cart: CartOffers;
}

export interface PortParts {
  readonly now: Now;
  readonly config: { readonly requireVerifiedEmail: boolean };
}

export interface Parts extends PortParts {
  readonly newId: NewId;
  readonly logger: Logger;
  /** Null where the catalogue is in the same process: stock is then taken in the order's own transaction. */
  readonly reservations: Reservations | null;
  readonly config: {
    readonly currency: Currency;
    readonly requireVerifiedEmail: boolean;
    /** `ttl` in seconds, 0 for ever; `max` for a customer, 0 for any number. */
    readonly pendingOrders: { readonly ttl: number; readonly max: number };
  };
}

export type Running = InProcess<OrderingPorts & CommandPorts, OrderingReaders, Parts>;

const repositories: RepositoryMakers<Repositories> = {
  memory: {
    orders: memoryOrderRepository,
    bulkCancellations: memoryBulkCancellationRepository,
    placements: memoryPlacementRepository,
  },
  sql: {
    orders: sequelizeOrderRepository,
    bulkCancellations: sequelizeBulkCancellationRepository,
    placements: sequelizePlacementRepository,
  },
};

/** What was ordered, and what becomes of it. */
export const ordering = {
  repositories,
  tables: (sequelize) => {
    const { orders, lines, bulkCancellations, placements } = orderTables(sequelize);
    return [orders, lines, bulkCancellations, placements];
  },
  ports: ({
    own,
    uses,
    platform,
    parts: { config, now },
  }: InTransaction<Repositories, Uses, PortParts>): OrderingPorts & CommandPorts => ({
    orders: own.orders,
    bulkCancellations: own.bulkCancellations,
    placements: own.placements,
    replies: repliesIn(platform),
    stock: catalogStock(uses),
    carts: cartCheckout(uses),
    addresses: customerAddresses(uses),
    customers: orderCustomers(uses),
    buyers: accountBuyers(uses, config),
    events: platform.events,
    idempotency: platform.idempotency,
    audit: uses.audit.log,
    now,
  }),
  queries: ({
    own,
    uses,
  }: InQueries<Readers, { readonly accounts: AccountsQueryOffers }>): OrderingReaders => ({
    orders: own.orders,
    bulkCancellations: own.bulkCancellations,
    placements: own.placements,
    contacts: accountContacts(uses),
  }),
  routes: ({ transact, queries, parts: { config, newId, now, reservations } }: Running) => {
    const placing = { newId, now, maxPending: config.pendingOrders.max };
    return orderRoutes({
      ...queries,
      transact,
      placeOrder:
        reservations === null
          ? placeOrder(placing)
          : placeReservedOrder({ ...placing, transact, reservations }),
      newId,
      currency: config.currency,
    });
  },
  subscribers: ({ transact }: Running) => [cancellationSubscriber({ transact })],
  receives: [userReceiver, reservationReceiver],
  chores: ({
    transact,
    queries: { orders, placements },
    parts: {
      config: {
        pendingOrders: { ttl },
      },
      now,
      logger,
      reservations,
    },
  }: Running): readonly Chore[] => [
    {
      name: 'number orders',
      everyMs: PURGE_EVERY_MS,
      run: () => purgeAll(completeOrders({ transact })),
    },
    ...(ttl === 0
      ? []
      : [
          {
            name: 'cancel overdue orders',
            everyMs: EXPIRE_EVERY_MS,
            run: expireOrders({
              transact,
              orders,
              now,
              ttl,
              onFailure: (orderId, err) => {
                logger.error({ err, orderId }, 'could not cancel an overdue order');
              },
            }),
          },
        ]),
    ...(reservations === null
      ? []
      : [
          {
            name: 'end overdue placements',
            everyMs: END_EVERY_MS,
            run: endOverduePlacements({
              transact,
              placements,
              reservations,
              now,
              onFailure: (orderId, err) => {
                logger.warn({ err, orderId }, 'could not end a placement');
              },
            }),
          },
        ]),
  ],
  personalData: {
    list: orderList,
    requireErasable: requireNoOpenOrders,
    erasureErrors: fail.pick('open_orders'),
    erase: releaseCustomer,
  },
} satisfies ContextModule;

export type { Reservations } from './application/ports.js';
