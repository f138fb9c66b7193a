import { Readable } from 'node:stream';
import { productCopies } from '#src/contexts/catalog/adapters/services/product-copies.js';
import { OPERATOR } from '#src/kernel/actor.js';
import type { Scheduler } from 'fast-check';
import { Session } from '#src/contexts/accounts/domain/session.js';
import { addToCart, removeFromCart, setLineQuantity } from '#src/contexts/cart/application/change-cart.js';
import { addAddress } from '#src/contexts/customers/application/address-book.js';
import { recallPlacement } from '#src/contexts/ordering/application/queries.js';
import { adjustStock } from '#src/contexts/catalog/application/adjust-stock.js';
import { createProduct } from '#src/contexts/catalog/application/create-product.js';
import { deleteProduct } from '#src/contexts/catalog/application/delete-product.js';
import { continueImport } from '#src/contexts/catalog/application/continue-import.js';
import { importProducts, type ReadRow } from '#src/contexts/catalog/application/import-products.js';
import type { ImportId } from '#src/contexts/catalog/domain/import.js';
import { editProduct } from '#src/contexts/catalog/application/edit-product.js';
import { createCustomer } from '#src/contexts/customers/application/create-customer.js';
import { erasePerson } from '#src/contexts/privacy/application/erase-person.js';
import { advanceOrder } from '#src/contexts/ordering/application/advance-order.js';
import { cancelOrder } from '#src/contexts/ordering/application/cancel-order.js';
import { placeOrder } from '#src/contexts/ordering/application/place-order.js';
import { viewOrder } from '#src/contexts/ordering/adapters/http/order-view.js';
import type { Order, OrderStatus } from '#src/contexts/ordering/domain/order.js';
import type { Actor } from '#src/kernel/actor.js';
import type { CustomerId, NewId, OrderId, ProductId, SessionId } from '#src/kernel/ids.js';
import { Money } from '#src/kernel/money.js';
import { transactThrough } from '#src/kernel/transact.js';
import { bindings } from '#src/main/bindings.js';
import { memoryPersistence } from '#src/main/persistence/memory-persistence.js';
import type { Persistence, Scope } from '#src/main/persistence/persistence.js';
import { runCommand } from '#src/platform/http/pipeline/run-command.js';
import { anEmail } from '../support/builders/accounts.js';
import { hashPlace } from '../support/places.js';
import { anAddressWish } from '../support/builders/customers.js';
import { finishErasure } from '../support/own-work.js';
import { performing } from '../support/performing.js';
import { USD } from '../support/persistences.js';
import { aRouteInput } from '../support/route-input.js';

/** Ids that rise from one, so that a seed brings back the very same run. */
const countedIds = (): NewId => {
  let last = 0;
  return () => {
    last += 1;
    return `00000000-0000-7000-8000-${String(last).padStart(12, '0')}` as never;
  };
};

const NOW = new Date('2026-05-01T12:00:00.000Z');
/** A request that is sent once, however often it is tried. */
const keyed = (caller: CustomerId, key: string) => {
  const id = key.padEnd(64, '.');
  return aRouteInput({ idempotencyKey: { id, caller, fingerprint: id, at: NOW, quota: 10_000_000 } });
};

const cents = (minor: number): Money => Money.of(minor, USD);

/** What people do in a shop, through its use cases; prices in cents. `scope` is the one it is read through. */
export const shopOn = ({ transact }: Pick<Persistence, 'transact'>, scope: Scope) => {
  const newId = countedIds();
  const now = () => NOW;
  const bind = bindings({
    now,
    newId,
    hashPlace,
    config: { currency: USD, requireVerifiedEmail: false },
    webhookSurplus: { isPossible: false },
    eventSenders: [],
    productCopies: productCopies({ now }),
  });
  const deps = { newId, now, maxPending: 0 };
  const catalog = transactThrough(transact, bind.ports('catalog'));
  const inCatalog = performing(catalog);
  const inCart = performing(transactThrough(transact, bind.ports('cart')));
  const privacy = transactThrough(transact, bind.ports('privacy'));
  const customers = transactThrough(transact, bind.ports('customers'));
  const inCustomers = performing(customers);
  const ordering = transactThrough(transact, bind.ports('ordering'));
  const inOrdering = performing(ordering);
  const session = { sessionId: newId<SessionId>(), authenticatedAt: NOW };
  const admin: Actor = { id: newId(), ...session, role: 'admin' };
  const editing = inCatalog(editProduct(deps));
  const placing = inOrdering(placeOrder(deps));
  const cancelling = inOrdering(cancelOrder);
  const advancing = inOrdering(advanceOrder);
  return {
    scope,
    customer: async (name: string): Promise<CustomerId> =>
      (
        await inCustomers(createCustomer(deps))(OPERATOR, {
          name,
          email: anEmail(`${name}@example.org`),
          phone: null,
        })
      ).id,
    /** With all that comes of it afterwards. */
    erase: async (customer: CustomerId): Promise<void> => {
      await performing(privacy)(erasePerson(deps))(OPERATOR, customer);
      await finishErasure({ privacy, ordering }, customer);
    },
    address: (customer: CustomerId) => inCustomers(addAddress(deps))(customer, anAddressWish()),
    addressOnce: (customer: CustomerId, key: string) =>
      runCommand(
        {
          transact: customers,
          command: () => addAddress(deps)(customer, anAddressWish()),
          reply: ({ id }) => ({ status: 201, body: { id } }),
        },
        keyed(customer, key),
      ),
    session: (customer: CustomerId): Promise<void> => {
      const opened = Session.open({
        id: newId(),
        userId: customer,
        createdAt: NOW,
        expiresAt: new Date('2027-05-01T12:00:00.000Z'),
        device: null,
        address: null,
      });
      return transact(({ sessions }) => sessions.add(opened, `hash of ${opened.id}`, NOW));
    },
    product: async (name: string, price: number, quantity: number): Promise<ProductId> => {
      const content = {
        sku: null,
        name,
        description: '',
        price: cents(price),
        categoryId: null,
        imageUrl: null,
      };
      return (await inCatalog(createProduct(deps))(OPERATOR, { ...content, quantity })).product.id;
    },
    add: (customer: CustomerId, productId: ProductId, quantity = 1) =>
      inCart(addToCart)(customer, { productId, quantity }, undefined),
    change: (customer: CustomerId, productId: ProductId, quantity: number) =>
      inCart(setLineQuantity)(customer, { productId, quantity }, undefined),
    remove: (customer: CustomerId, productId: ProductId) =>
      inCart(removeFromCart)(customer, productId, undefined),
    place: (customer: CustomerId, expectedTotal?: number): Promise<Order> =>
      placing(customer, { expectedTotal: expectedTotal === undefined ? undefined : cents(expectedTotal) }),
    placeOnce: (customer: CustomerId, key: string) =>
      runCommand(
        {
          transact: ordering,
          command: (_input, id) => placeOrder(deps)(customer, {}, id as OrderId),
          recall: {
            newReference: newId<OrderId>,
            again: ({ orders }, id) => recallPlacement({ orders })(id as OrderId),
          },
          reply: (order: Order) => ({ status: 201, body: viewOrder(order) }),
        },
        keyed(customer, key),
      ),
    cancel: (customer: CustomerId, order: OrderId) =>
      cancelling({ id: customer, ...session, role: 'customer' }, order, undefined),
    cancelAsAdmin: (order: OrderId) => cancelling(admin, order, undefined),
    advance: (order: OrderId, status: Exclude<OrderStatus, 'cancelled'>) =>
      advancing(admin, order, status, undefined),
    adjust: (product: ProductId, delta: number) => inCatalog(adjustStock)(OPERATOR, product, { delta }),
    reprice: (product: ProductId, price: number) =>
      editing(OPERATOR, product, { price: cents(price) }, undefined),
    recount: (product: ProductId, quantity: number) => editing(OPERATOR, product, { quantity }, undefined),
    /** Receives the rows of a file, and applies its first batch. */
    import: async (rows: readonly ReadRow[]): Promise<ImportId> => {
      const file = Readable.from(rows) as AsyncIterable<ReadRow>; // it passes objects on as they are
      const { id, version } = await catalog(
        await importProducts({ transact: catalog, newId, now })(OPERATOR, 'csv', file),
      );
      await continueImport({ transact: catalog, currency: USD })(id, version, new AbortController().signal);
      return id;
    },
    withdraw: (product: ProductId) => inCatalog(deleteProduct(deps))(OPERATOR, product, undefined),
  };
};

export type Shop = ReturnType<typeof shopOn>;

export interface ScheduledShop extends Shop {
  /** Leaves the order of statements to the scheduler while `work` lasts; before and after, they run as they come. */
  race<T>(work: () => Promise<T>): Promise<T>;
  /** How many attempts have failed and been made again. */
  retries(): number;
}

/** Returns a shop in memory. `attempts` is how often a transaction is tried: with 1, no two may conflict. */
export const memoryShop = (attempts: number, scheduler?: Scheduler): ScheduledShop => {
  let racing = false;
  let retries = 0;
  const scopes: Scope[] = [];
  const persistence = memoryPersistence(
    {
      attempts,
      delay: () => {
        retries += 1;
        return Promise.resolve();
      },
      pause: (statement) =>
        racing && scheduler ? scheduler.schedule(Promise.resolve(), statement) : Promise.resolve(),
    },
    {
      outbox: (original, scope) => {
        scopes.push(scope);
        return original;
      },
    },
  );
  Reflect.get(persistence.outside, 'outbox'); // made when it is first used: here, before any transaction
  const [outside] = scopes;
  if (outside === undefined) throw new Error('a persistence binds its repositories outside of transactions');
  return {
    ...shopOn(persistence, outside),
    retries: () => retries,
    race: async (work) => {
      racing = true;
      try {
        return await work();
      } finally {
        racing = false;
      }
    },
  };
};
