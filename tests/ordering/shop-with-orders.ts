import { productCopies } from '#src/contexts/catalog/adapters/services/product-copies.js';
import { OPERATOR } from '#src/kernel/actor.js';
import { changeUser } from '#src/contexts/accounts/application/change-user.js';
import { createProduct } from '#src/contexts/catalog/application/create-product.js';
import { createCustomer } from '#src/contexts/customers/application/create-customer.js';
import type { CustomerId, ProductId } from '#src/kernel/ids.js';
import { Money } from '#src/kernel/money.js';
import { transactThrough, type Transact } from '#src/kernel/transact.js';
import { bindings } from '#src/main/bindings.js';
import type { ContextPorts } from '#src/main/contexts.js';
import type { Repositories } from '#src/main/persistence/persistence.js';
import type { OutboxEvent } from '#src/platform/outbox/outbox.js';
import type { Subscriber } from '#src/platform/outbox/subscriber.js';
import { everyOrder } from '../support/every-order.js';
import { anEmail } from '../support/builders/accounts.js';
import { newId } from '../support/builders/ids.js';
import { anOrder, anOrderLine } from '../support/builders/ordering.js';
import { deliverDue } from '../support/own-work.js';
import { USD } from '../support/persistences.js';
import { hashPlace } from '../support/places.js';
import type { Subject } from '../support/subject.js';
import { performing } from '../support/performing.js';

export const NOW = new Date('2026-03-01T12:00:00.000Z');
export const now = (): Date => NOW;

type Store = Pick<Subject<Repositories>, 'transact' | 'outside'>;

/** The use cases of a shop on a store, and customers with many orders. Only the test delivers its events. */
export const shopWithOrders = ({ transact, outside }: Store) => {
  const bind = bindings({
    now,
    newId,
    hashPlace,
    config: { currency: USD, requireVerifiedEmail: false },
    webhookSurplus: { isPossible: false },
    eventSenders: [],
    productCopies: productCopies({ now }),
  });
  const through = <Context extends keyof ContextPorts>(
    ports: (repositories: Repositories) => ContextPorts[Context],
  ): Transact<ContextPorts[Context]> => transactThrough(transact, ports);
  const ordering = through<'ordering'>(bind.ports('ordering'));
  const privacy = through<'privacy'>(bind.ports('privacy'));
  const customers = through<'customers'>(bind.ports('customers'));
  const accounts = through<'accounts'>(bind.ports('accounts'));
  return {
    ordering,
    customers,
    privacy,
    accounts,
    cart: through<'cart'>(bind.ports('cart')),
    setDisabled: (id: CustomerId, disabled: boolean) =>
      performing(accounts)(changeUser)(OPERATOR, id, { disabled }),
    customer: async (): Promise<CustomerId> => {
      const enter = performing(customers)(createCustomer({ newId }));
      return (await enter(OPERATOR, { name: 'Ada', email: anEmail(`${newId()}@example.com`), phone: null }))
        .id;
    },
    product: async (quantity: number): Promise<ProductId> => {
      const content = { name: 'Teapot', description: '', price: Money.of(1250, USD), categoryId: null };
      const create = performing(through<'catalog'>(bind.ports('catalog')))(createProduct({ newId, now }));
      return (await create(OPERATOR, { ...content, sku: null, imageUrl: null, quantity })).product.id;
    },
    /** Stores orders of one piece each, as if they had been placed until now, a minute apart and the earliest first. */
    place: async (
      count: number,
      order: Parameters<typeof anOrder>[0] & { readonly productId: ProductId },
    ) => {
      const { productId, ...given } = order;
      const orders = Array.from({ length: count }, (_, index) =>
        anOrder({
          createdAt: new Date(NOW.getTime() - (count - index) * 60_000),
          lines: [anOrderLine({ productId, quantity: 1 })],
          ...given,
        }),
      );
      await transact(async (inside) => {
        for (const each of orders) await inside.orders.add(each);
      });
      return orders;
    },
    statusesOf: async (customer: CustomerId): Promise<readonly string[]> =>
      (await everyOrder(outside)(customer)).map(({ status, version }) => `${status} ${String(version)}`),
    stockOf: async (productId: ProductId): Promise<number | undefined> =>
      (await outside.stock.levels([productId]))[0]?.quantity,
    /** See `deliverDue`. */
    deliverTo: (...subscribers: readonly Subscriber[]): Promise<readonly OutboxEvent[]> =>
      deliverDue(transact, subscribers),
  };
};
