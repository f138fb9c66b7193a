import type { Scheduler } from 'fast-check';
import type { CustomerId, OrderId, ProductId } from '#src/kernel/ids.js';
import { outcomeOf } from '../support/contract-tools.js';
import { shopInvariants, type Anomaly } from './invariants.js';
import { memoryShop, type ScheduledShop } from './memory-shop.js';
import { act, type Action, type ModelShop } from './shop-model.js';
import { readShop } from './snapshot.js';

/** A shop in which everything goes by the names that the model uses. */
export interface Stage {
  readonly shop: ScheduledShop;
  /** The orders that are known to have been placed. */
  readonly orders: readonly string[];
  /** Returns a name for the next order that a customer begins to place. */
  newOrder(): string;
  /** Does it and returns how it ended. */
  perform(action: Action): Promise<string>;
  /** The whole shop, as the model says it. */
  view(): Promise<ModelShop>;
  anomalies(): Promise<readonly Anomaly[]>;
}

export const CUSTOMERS = ['ada', 'bob'] as const;

const PRODUCTS = { teapot: { price: 1250, quantity: 3 }, mug: { price: 400, quantity: 5 } } as const;
export const PRODUCT_NAMES = Object.keys(PRODUCTS) as readonly (keyof typeof PRODUCTS)[];

const FIRST_ORDER = 'order 1';

const PROLOGUE: readonly Action[] = [
  { type: 'add', customer: 'ada', product: 'mug', quantity: 2 },
  { type: 'add', customer: 'ada', product: 'teapot', quantity: 1 },
  { type: 'place', customer: 'ada', order: FIRST_ORDER },
  { type: 'add', customer: 'ada', product: 'mug', quantity: 1 },
  { type: 'add', customer: 'bob', product: 'teapot', quantity: 2 },
];

/** The model's shop as the curtain rises: stock of both products, ada's first order, something in both carts. */
export const OPENING: ModelShop = PROLOGUE.reduce<ModelShop>((shop, action) => act(shop, action).shop, {
  products: Object.fromEntries(
    Object.entries(PRODUCTS).map(([name, { price, quantity }]) => [
      name,
      { price, gone: false, ledger: [{ delta: quantity, reason: 'initial', order: null }] },
    ]),
  ),
  carts: Object.fromEntries(CUSTOMERS.map((name) => [name, []])),
  orders: {},
});

const named = <Id extends string>() => {
  const ids = new Map<string, Id>();
  return {
    ids,
    idOf: (name: string): Id => {
      const id = ids.get(name);
      if (id === undefined) throw new Error(`nothing is called ${name}`);
      return id;
    },
    nameOf: (id: string): string => [...ids].find(([, other]) => other === id)?.[0] ?? id,
  };
};

const record = <Row, Value>(rows: readonly Row[], field: (row: Row) => readonly [string, Value]) =>
  Object.fromEntries(rows.map(field)) as Readonly<Record<string, Value>>;

/** Sets the stage; the prologue has been played. Without a scheduler, statements run as they come. */
export const openStage = async (scheduler?: Scheduler): Promise<Stage> => {
  const shop = memoryShop(50, scheduler);
  const [customers, products, orders] = [named<CustomerId>(), named<ProductId>(), named<OrderId>()];
  let begun = 1;

  const run = async (action: Action): Promise<unknown> => {
    switch (action.type) {
      case 'add':
      case 'change':
        return shop[action.type](
          customers.idOf(action.customer),
          products.idOf(action.product),
          action.quantity,
        );
      case 'remove':
        return shop.remove(customers.idOf(action.customer), products.idOf(action.product));
      case 'place': {
        const { id } = await shop.place(customers.idOf(action.customer));
        return orders.ids.set(action.order, id);
      }
      case 'cancel': {
        const id = orders.idOf(action.order);
        return action.customer === undefined
          ? shop.cancelAsAdmin(id)
          : shop.cancel(customers.idOf(action.customer), id);
      }
      case 'advance':
        return shop.advance(orders.idOf(action.order), action.to);
      case 'adjust':
        return shop.adjust(products.idOf(action.product), action.delta);
      case 'recount':
        return shop.recount(products.idOf(action.product), action.quantity);
      case 'reprice':
        return shop.reprice(products.idOf(action.product), action.price);
      case 'withdraw':
        return shop.withdraw(products.idOf(action.product));
    }
  };
  const perform = (action: Action): Promise<string> => outcomeOf(run(action));

  for (const name of CUSTOMERS) customers.ids.set(name, await shop.customer(name));
  for (const [name, { price, quantity }] of Object.entries(PRODUCTS))
    products.ids.set(name, await shop.product(name, price, quantity));
  for (const action of PROLOGUE) await perform(action);

  return {
    shop,
    get orders() {
      return [...orders.ids.keys()];
    },
    newOrder: () => {
      begun += 1;
      return `order ${String(begun)}`;
    },
    perform,
    view: async () => {
      const seen = await readShop(shop.scope);
      const lines = <Line extends { readonly productId: string }>(all: readonly Line[]) =>
        all.map(({ productId, ...line }) => ({ product: products.nameOf(productId), ...line }));
      return {
        products: record(seen.products, ({ id, name, price, deleted }) => [
          name,
          {
            price,
            gone: deleted,
            ledger: seen.ledger
              .filter(({ productId }) => productId === id)
              .toSorted((a, b) => a.sequence - b.sequence)
              .map(({ delta, reason, orderId }) => ({
                delta,
                reason,
                order: orderId && orders.nameOf(orderId),
              })),
          },
        ]),
        carts: record(CUSTOMERS, (name) => {
          const own = seen.cartLines.filter(({ customerId }) => customerId === customers.idOf(name));
          return [name, lines(own.map(({ productId, quantity }) => ({ productId, quantity })))];
        }),
        orders: record(seen.orders, ({ id, customerId, status }) => {
          const own = seen.orderLines.filter(({ orderId }) => orderId === id);
          const bought = own.map(({ productId, quantity, unitPrice: price }) => ({
            productId,
            quantity,
            price,
          }));
          return [
            orders.nameOf(id),
            { customer: customers.nameOf(customerId), status, lines: lines(bought) },
          ];
        }),
      };
    },
    anomalies: () => shopInvariants(shop.scope),
  };
};
