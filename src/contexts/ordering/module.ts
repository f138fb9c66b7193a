import type { Logger } from 'pino';
import type { AccountsOffers } from '#src/contexts/accounts/public.js';
import type { AuditOffers } from '#src/contexts/audit/public.js';
import type { CartOffers } from '#src/contexts/cart/public.js';
import type { CatalogOffers } from '#src/contexts/catalog/public.js';
import type { CustomersOffers } from '#src/contexts/customers/public.js';
import type { Now } from '#src/kernel/clock.js';
import type { NewId } from '#src/kernel/ids.js';
import type { Currency } from '#src/kernel/money.js';
import type { Chore } from '#src/platform/chores.js';
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
import {
  accountBuyers,
  cartCheckout,
  catalogStock,
  customerAddresses,
  orderCustomers,
} from './adapters/neighbours.js';
import { sequelizeBulkCancellationRepository } from './adapters/sequelize/sequelize-bulk-cancellation-repository.js';
import { sequelizeOrderRepository } from './adapters/sequelize/sequelize-order-repository.js';
import { EXPIRE_EVERY_MS, expireOrders } from './application/expire-orders.js';
import type {
  BulkCancellationReader,
  BulkCancellationRepository,
  OrderingPorts,
  OrderReader,
  OrderRepository,
} from './application/ports.js';
import { releaseCustomer } from './application/release-customer.js';

export interface Repositories {
  readonly orders: OrderRepository;
  readonly bulkCancellations: BulkCancellationRepository;
}

export interface Readers {
  readonly orders: OrderReader;
  readonly bulkCancellations: BulkCancellationReader;
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
  readonly config: {
    readonly currency: Currency;
    readonly requireVerifiedEmail: boolean;
    /** `ttl` in seconds, 0 for ever; `max` for a customer, 0 for any number. */
    readonly pendingOrders: { readonly ttl: number; readonly max: number };
  };
}

export type Running = InProcess<OrderingPorts & CommandPorts, Readers, Parts>;

const repositories: RepositoryMakers<Repositories> = {
  memory: {
    orders: memoryOrderRepository,
    bulkCancellations: memoryBulkCancellationRepository,
  },
  sql: {
    orders: sequelizeOrderRepository,
    bulkCancellations: sequelizeBulkCancellationRepository,
  },
};

/** What was ordered, and what becomes of it. */
export const ordering = {
  repositories,
  ports: ({
    own,
    uses,
    platform,
    parts: { config, now },
  }: InTransaction<Repositories, Uses, PortParts>): OrderingPorts & CommandPorts => ({
    orders: own.orders,
    bulkCancellations: own.bulkCancellations,
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
  queries: ({ own }: InQueries<Readers>): Readers => ({
    orders: own.orders,
    bulkCancellations: own.bulkCancellations,
  }),
  routes: ({ transact, queries, parts: { config, newId, now } }: Running) =>
    orderRoutes({
      ...queries,
      transact,
      newId,
      now,
      currency: config.currency,
      maxPending: config.pendingOrders.max,
    }),
  subscribers: ({ transact }: Running) => [cancellationSubscriber({ transact })],
  chores: ({
    transact,
    queries: { orders },
    parts: {
      config: {
        pendingOrders: { ttl },
      },
      now,
      logger,
    },
  }: Running): readonly Chore[] =>
    ttl === 0
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
        ],
  personalData: { list: orderList, erase: releaseCustomer },
} satisfies ContextModule;
