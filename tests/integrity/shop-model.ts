import type { OrderStatus } from '#src/contexts/ordering/domain/order.js';

// A shop as simple as it can be: no transactions, no versions, no tables. Products and customers go by their names and orders by
// the order in which customers began to place them.

interface ModelLine {
  readonly product: string;
  readonly quantity: number;
}

interface ModelOrder {
  readonly customer: string;
  readonly status: OrderStatus;
  readonly lines: readonly (ModelLine & { readonly price: number })[];
}

interface ModelProduct {
  readonly price: number;
  readonly gone: boolean;
  /** Every movement, the first one first: what is in stock is their sum. */
  readonly ledger: readonly {
    readonly delta: number;
    readonly reason: string;
    readonly order: string | null;
  }[];
}

export interface ModelShop {
  readonly products: Readonly<Record<string, ModelProduct>>;
  readonly carts: Readonly<Record<string, readonly ModelLine[]>>;
  readonly orders: Readonly<Record<string, ModelOrder>>;
}

/** An action of a customer or, if a cancellation names no customer, of an administrator. */
export type Action =
  | {
      readonly type: 'add' | 'change';
      readonly customer: string;
      readonly product: string;
      readonly quantity: number;
    }
  | { readonly type: 'remove'; readonly customer: string; readonly product: string }
  | { readonly type: 'place'; readonly customer: string; readonly order: string }
  | { readonly type: 'cancel'; readonly customer?: string; readonly order: string }
  | { readonly type: 'advance'; readonly order: string; readonly to: Exclude<OrderStatus, 'cancelled'> }
  | { readonly type: 'adjust'; readonly product: string; readonly delta: number }
  | { readonly type: 'recount'; readonly product: string; readonly quantity: number }
  | { readonly type: 'reprice'; readonly product: string; readonly price: number }
  | { readonly type: 'withdraw'; readonly product: string };

type Of<Type extends Action['type']> = Extract<Action, { readonly type: Type }>;

/** How an action ends, `done` or the code of its refusal, and the shop as it leaves it. */
export interface Ending {
  readonly outcome: string;
  readonly shop: ModelShop;
}

const MAX_QUANTITY = 999;

const NEXT: Readonly<Record<OrderStatus, readonly OrderStatus[]>> = {
  pending: ['confirmed', 'cancelled'],
  confirmed: ['shipped', 'cancelled'],
  shipped: ['delivered'],
  delivered: [],
  cancelled: [],
};

const entry = <Value>(record: Readonly<Record<string, Value>>, name: string): Value => {
  const value = record[name];
  if (value === undefined) throw new Error(`the model has no ${name}`);
  return value;
};

const inStock = ({ ledger }: ModelProduct): number => ledger.reduce((sum, { delta }) => sum + delta, 0);

const withProduct = (shop: ModelShop, name: string, changes: Partial<ModelProduct>): ModelShop => ({
  ...shop,
  products: { ...shop.products, [name]: { ...entry(shop.products, name), ...changes } },
});

const withCart = (shop: ModelShop, customer: string, lines: readonly ModelLine[]): ModelShop => ({
  ...shop,
  carts: { ...shop.carts, [customer]: lines },
});

const withOrder = (shop: ModelShop, label: string, order: ModelOrder): ModelShop => ({
  ...shop,
  orders: { ...shop.orders, [label]: order },
});

const move = (
  shop: ModelShop,
  product: string,
  delta: number,
  reason: string,
  order: string | null = null,
): ModelShop =>
  delta === 0
    ? shop
    : withProduct(shop, product, {
        ledger: [...entry(shop.products, product).ledger, { delta, reason, order }],
      });

const add = (shop: ModelShop, { customer, product, quantity }: Of<'add' | 'change'>): ModelShop | string => {
  const cart = entry(shop.carts, customer);
  const before = cart.find((line) => line.product === product)?.quantity ?? 0;
  if (before + quantity > MAX_QUANTITY) return 'line_quantity_exceeded';
  const line = { product, quantity: before + quantity };
  return withCart(
    shop,
    customer,
    before === 0 ? [...cart, line] : cart.map((each) => (each.product === product ? line : each)),
  );
};

const place = (shop: ModelShop, { customer, order }: Of<'place'>): ModelShop | string => {
  const cart = entry(shop.carts, customer);
  if (cart.length === 0) return 'cart_empty';
  const wanted = cart.map((line) => ({ ...line, of: entry(shop.products, line.product) }));
  if (wanted.some(({ quantity, of }) => of.gone || inStock(of) < quantity)) return 'out_of_stock';
  const lines = wanted.map(({ product, quantity, of }) => ({ product, quantity, price: of.price }));
  const sold = cart.reduce((left, line) => move(left, line.product, -line.quantity, 'order', order), shop);
  return withOrder(withCart(sold, customer, []), order, { customer, status: 'pending', lines });
};

const cancel = (shop: ModelShop, { customer, order: label }: Of<'cancel'>): ModelShop | string => {
  const order = shop.orders[label];
  if (order === undefined || (customer !== undefined && customer !== order.customer))
    return 'order_not_found';
  if (order.status === 'cancelled') return shop;
  if (!NEXT[order.status].includes('cancelled') || (customer !== undefined && order.status !== 'pending'))
    return 'illegal_transition';
  const returned = order.lines.reduce(
    (left, line) => move(left, line.product, line.quantity, 'cancellation', label),
    shop,
  );
  return withOrder(returned, label, { ...order, status: 'cancelled' });
};

const advance = (shop: ModelShop, { order: label, to }: Of<'advance'>): ModelShop | string => {
  const order = shop.orders[label];
  if (order === undefined) return 'order_not_found';
  if (order.status === to) return shop;
  return NEXT[order.status].includes(to)
    ? withOrder(shop, label, { ...order, status: to })
    : 'illegal_transition';
};

/** The shop after the action, or the code of its refusal. */
const after = (shop: ModelShop, action: Action): ModelShop | string => {
  switch (action.type) {
    case 'add':
      return entry(shop.products, action.product).gone ? 'product_not_found' : add(shop, action);
    case 'change':
    case 'remove': {
      const cart = entry(shop.carts, action.customer);
      if (!cart.some(({ product }) => product === action.product)) return 'cart_line_not_found';
      const { product } = action;
      if (action.type === 'remove')
        return withCart(
          shop,
          action.customer,
          cart.filter((line) => line.product !== product),
        );
      if (action.quantity > MAX_QUANTITY) return 'line_quantity_exceeded';
      const line = { product, quantity: action.quantity };
      return withCart(
        shop,
        action.customer,
        cart.map((each) => (each.product === product ? line : each)),
      );
    }
    case 'place':
      return place(shop, action);
    case 'cancel':
      return cancel(shop, action);
    case 'advance':
      return advance(shop, action);
    case 'adjust':
    case 'recount':
    case 'reprice':
    case 'withdraw': {
      const product = entry(shop.products, action.product);
      if (product.gone) return 'product_not_found';
      if (action.type === 'withdraw') return withProduct(shop, action.product, { gone: true });
      if (action.type === 'reprice') return withProduct(shop, action.product, { price: action.price });
      const there = inStock(product);
      if (action.type === 'recount') return move(shop, action.product, action.quantity - there, 'edit');
      if (there + action.delta < 0) return 'stock_out_of_range';
      return move(shop, action.product, action.delta, 'adjustment');
    }
  }
};

/** Returns what becomes of the shop when one client acts alone. */
export const act = (shop: ModelShop, action: Action): Ending => {
  const result = after(shop, action);
  return typeof result === 'string' ? { outcome: result, shop } : { outcome: 'done', shop: result };
};

/**
 * Returns what may become of it while others act: a product may leave the shop while a customer puts it into a cart. The cart
 * does not check it under a lock, which would cost every sale something and save nothing.
 */
export const actAmongOthers = (shop: ModelShop, action: Action): readonly Ending[] => {
  const ending = act(shop, action);
  if (action.type !== 'add' || ending.outcome !== 'product_not_found') return [ending];
  const late = add(shop, action);
  return typeof late === 'string' ? [ending] : [ending, { outcome: 'done', shop: late }];
};

const byName = <Value>(record: Readonly<Record<string, Value>>): readonly (readonly [string, Value])[] =>
  Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));

/** The shop as text, the same for the same shop. */
export const textOf = ({ products, carts, orders }: ModelShop): string =>
  JSON.stringify([byName(products), byName(carts), byName(orders)]);
