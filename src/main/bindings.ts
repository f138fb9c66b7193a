import { customerProfiles } from '../contexts/accounts/adapters/neighbours/customer-profiles.js';
import type { AccountsPorts } from '../contexts/accounts/application/ports.js';
import { cartCustomers } from '../contexts/cart/adapters/neighbours/cart-customers.js';
import { catalogProducts } from '../contexts/cart/adapters/neighbours/catalog-products.js';
import type { CartPorts } from '../contexts/cart/application/ports.js';
import type { CatalogPorts } from '../contexts/catalog/application/ports.js';
import { customerAccounts } from '../contexts/customers/adapters/neighbours/customer-accounts.js';
import { customerCarts } from '../contexts/customers/adapters/neighbours/customer-carts.js';
import { customerOrders } from '../contexts/customers/adapters/neighbours/customer-orders.js';
import type { CustomersPorts } from '../contexts/customers/application/ports.js';
import { cartCheckout } from '../contexts/ordering/adapters/neighbours/cart-checkout.js';
import { catalogStock } from '../contexts/ordering/adapters/neighbours/catalog-stock.js';
import { customerAddresses } from '../contexts/ordering/adapters/neighbours/customer-addresses.js';
import type { OrderingPorts } from '../contexts/ordering/application/ports.js';
import type { Now } from '../kernel/clock.js';
import type { Events } from '../kernel/events.js';
import type { NewId } from '../kernel/ids.js';
import type { Currency } from '../kernel/money.js';
import type { WithReplies } from '../platform/idempotency/replies.js';
import type { OutboxRepository } from '../platform/outbox/outbox.js';
import { outboxEvents } from '../platform/outbox/outbox-events.js';
import type { Repositories } from './persistence/persistence.js';

/** What bindings need beside repositories. */
export interface Surroundings {
  readonly now: Now;
  readonly newId: NewId;
  readonly currency: Currency;
}

/** The ports of every context's transactions, each with what HTTP commits beside them. */
export interface ContextPorts {
  readonly accounts: AccountsPorts & WithReplies;
  readonly customers: CustomersPorts & WithReplies;
  readonly catalog: CatalogPorts & WithReplies;
  readonly cart: CartPorts & WithReplies;
  readonly ordering: OrderingPorts & WithReplies;
}

/**
 * From the repositories of one scope to the ports of each context. Where a context needs another one, that one's steps
 * are bound to the same scope, so that all of it is one transaction.
 */
export const bindings = ({ now, newId, currency }: Surroundings) => {
  const eventsIn = (outbox: OutboxRepository): Events => outboxEvents({ outbox, newEventId: newId<never> });
  const accounts = ({ users, sessions, customers, outbox, replies }: Repositories) => ({
    users,
    sessions,
    profiles: customerProfiles({ customers, events: eventsIn(outbox), now }),
    now,
    replies,
  });
  const catalog = ({ products, stock, categories, outbox, replies }: Repositories) => ({
    products,
    stock,
    categories,
    events: eventsIn(outbox),
    newId,
    now,
    replies,
  });
  const cart = ({ carts, products, customers, replies }: Repositories) => ({
    carts,
    products: catalogProducts({ products }),
    customers: cartCustomers({ customers }),
    currency,
    replies,
  });
  const ordering = (repositories: Repositories) => ({
    orders: repositories.orders,
    stock: catalogStock(catalog(repositories)),
    carts: cartCheckout({ carts: repositories.carts }),
    addresses: customerAddresses({ customers: repositories.customers }),
    events: eventsIn(repositories.outbox),
    now,
    replies: repositories.replies,
  });
  const customers = (repositories: Repositories) => ({
    customers: repositories.customers,
    accounts: customerAccounts(accounts(repositories)),
    carts: customerCarts({ carts: repositories.carts }),
    orders: customerOrders(ordering(repositories)),
    requests: repositories.replies,
    events: eventsIn(repositories.outbox),
    now,
    replies: repositories.replies,
  });
  return { accounts, customers, catalog, cart, ordering } satisfies {
    [Context in keyof ContextPorts]: (repositories: Repositories) => ContextPorts[Context];
  };
};
