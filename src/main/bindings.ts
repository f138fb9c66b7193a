import { auditTraces } from '#src/contexts/accounts/adapters/neighbours/audit-traces.js';
import { customerProfiles } from '#src/contexts/accounts/adapters/neighbours/customer-profiles.js';
import type { AccountsPorts, HashPlace } from '#src/contexts/accounts/application/ports.js';
import { hmacAddresses } from '#src/contexts/audit/adapters/crypto/hmac-addresses.js';
import { auditTrail } from '#src/contexts/audit/application/audit-trail.js';
import type { AuditPorts } from '#src/contexts/audit/application/ports.js';
import { cartCustomers } from '#src/contexts/cart/adapters/neighbours/cart-customers.js';
import { catalogProducts } from '#src/contexts/cart/adapters/neighbours/catalog-products.js';
import type { CartPorts } from '#src/contexts/cart/application/ports.js';
import type { CatalogPorts } from '#src/contexts/catalog/application/ports.js';
import { accountData } from '#src/contexts/customers/adapters/neighbours/account-data.js';
import { auditData } from '#src/contexts/customers/adapters/neighbours/audit-data.js';
import { cartData } from '#src/contexts/customers/adapters/neighbours/cart-data.js';
import { customerAccounts } from '#src/contexts/customers/adapters/neighbours/customer-accounts.js';
import { customerCarts } from '#src/contexts/customers/adapters/neighbours/customer-carts.js';
import { customerOrders } from '#src/contexts/customers/adapters/neighbours/customer-orders.js';
import { orderData } from '#src/contexts/customers/adapters/neighbours/order-data.js';
import type { CustomersPorts } from '#src/contexts/customers/application/ports.js';
import { accountBuyers } from '#src/contexts/ordering/adapters/neighbours/account-buyers.js';
import { cartCheckout } from '#src/contexts/ordering/adapters/neighbours/cart-checkout.js';
import { catalogStock } from '#src/contexts/ordering/adapters/neighbours/catalog-stock.js';
import { customerAddresses } from '#src/contexts/ordering/adapters/neighbours/customer-addresses.js';
import { orderCustomers } from '#src/contexts/ordering/adapters/neighbours/order-customers.js';
import type { OrderingPorts } from '#src/contexts/ordering/application/ports.js';
import type { AuditTrail } from '#src/kernel/audit.js';
import type { Now } from '#src/kernel/clock.js';
import type { Events } from '#src/kernel/events.js';
import type { NewId } from '#src/kernel/ids.js';
import type { Currency } from '#src/kernel/money.js';
import type { CommandPorts } from '#src/platform/http/pipeline/run-command.js';
import type { OutboxRepository } from '#src/platform/outbox/outbox.js';
import { outboxEvents } from '#src/platform/outbox/outbox-events.js';
import type { Readers, Repositories } from './persistence/persistence.js';

/** What bindings need beside repositories. */
export interface Surroundings {
  readonly now: Now;
  readonly newId: NewId;
  readonly currency: Currency;
  /** Whether only those may order whose e-mail address is verified. */
  readonly requireVerifiedEmail: boolean;
  readonly hashPlace: HashPlace;
}

/** The ports of every context's transactions, each with what HTTP commits beside them. */
export interface ContextPorts {
  readonly accounts: AccountsPorts & CommandPorts;
  readonly customers: CustomersPorts & CommandPorts;
  readonly catalog: CatalogPorts & CommandPorts;
  readonly cart: CartPorts & CommandPorts;
  readonly ordering: OrderingPorts & CommandPorts;
  /** Of those who run the shop from the command line. */
  readonly operating: { readonly outbox: OutboxRepository; readonly audit: AuditTrail };
  readonly audit: AuditPorts;
}

/**
 * From the repositories of one scope to the ports of each context. Where a context needs another one, that one's steps
 * are bound to the same scope, so that all of it is one transaction.
 */
export const bindings = ({ now, newId, currency, requireVerifiedEmail, hashPlace }: Surroundings) => {
  const eventsIn = (outbox: OutboxRepository): Events => outboxEvents({ outbox, newEventId: newId<never> });
  const audit = ({ auditEntries, auditSalts }: Repositories) => ({
    entries: auditEntries,
    salts: auditSalts,
    addresses: hmacAddresses,
    newId,
    now,
  });
  /** What HTTP commits beside what a command does. */
  const beside = (repositories: Repositories): CommandPorts => ({
    replies: repositories.replies,
    audit: auditTrail(audit(repositories)),
  });
  const accounts = (repositories: Repositories) => ({
    users: repositories.users,
    sessions: repositories.sessions,
    mailTokens: repositories.mailTokens,
    knownPlaces: repositories.knownPlaces,
    hashPlace,
    profiles: customerProfiles({
      customers: repositories.customers,
      events: eventsIn(repositories.outbox),
      now,
    }),
    traces: auditTraces(audit(repositories)),
    events: eventsIn(repositories.outbox),
    now,
    ...beside(repositories),
  });
  const catalog = (repositories: Repositories) => ({
    products: repositories.products,
    stock: repositories.stock,
    categories: repositories.categories,
    events: eventsIn(repositories.outbox),
    newId,
    now,
    ...beside(repositories),
  });
  const cart = (repositories: Repositories) => ({
    carts: repositories.carts,
    products: catalogProducts({ products: repositories.products }),
    customers: cartCustomers({ customers: repositories.customers }),
    currency,
    ...beside(repositories),
  });
  const ordering = (repositories: Repositories) => ({
    orders: repositories.orders,
    stock: catalogStock(catalog(repositories)),
    carts: cartCheckout({ carts: repositories.carts }),
    addresses: customerAddresses({ customers: repositories.customers }),
    customers: orderCustomers({ customers: repositories.customers }),
    buyers: accountBuyers({ users: repositories.users }, { requireVerifiedEmail }),
    bulkCancellations: repositories.bulkCancellations,
    events: eventsIn(repositories.outbox),
    now,
    ...beside(repositories),
  });
  const customers = (repositories: Repositories) => ({
    customers: repositories.customers,
    accounts: customerAccounts(accounts(repositories)),
    carts: customerCarts({ carts: repositories.carts }),
    orders: customerOrders(ordering(repositories)),
    requests: repositories.replies,
    personalData: [accountData({ ...repositories, now }), cartData(repositories)],
    personalLists: [orderData(repositories), auditData(audit(repositories))],
    events: eventsIn(repositories.outbox),
    now,
    ...beside(repositories),
  });
  const operating = (repositories: Repositories) => ({
    outbox: repositories.outbox,
    audit: beside(repositories).audit,
  });
  /** What the queries of each context read, outside of any transaction. */
  const queries = (readers: Readers) => ({
    accounts: {
      users: readers.users,
      sessions: readers.sessions,
      mailTokens: readers.mailTokens,
      knownPlaces: readers.knownPlaces,
      hashPlace,
      now,
    },
    customers: {
      customers: readers.customers,
      personalLists: [orderData(readers), auditData({ entries: readers.auditEntries })],
      now,
    },
    catalog: { products: readers.products, stock: readers.stock, categories: readers.categories, newId, now },
    cart: { carts: readers.carts, products: catalogProducts({ products: readers.products }), currency },
    ordering: { orders: readers.orders, bulkCancellations: readers.bulkCancellations },
    audit: { entries: readers.auditEntries },
  });
  return { accounts, customers, catalog, cart, ordering, operating, audit, queries } satisfies {
    [Context in keyof ContextPorts]: (repositories: Repositories) => ContextPorts[Context];
  } & { readonly queries: unknown };
};

/** What queries read, by context. */
export type Queries = ReturnType<ReturnType<typeof bindings>['queries']>;
