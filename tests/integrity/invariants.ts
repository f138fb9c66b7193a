import type { Scope } from '#src/main/persistence/persistence.js';
import { eventInvariants } from './event-invariants.js';
import { importInvariants } from './import-invariants.js';
import { differences, groupBy, tallyBy, type Invariant } from './invariant.js';
import { peopleInvariants } from './people-invariants.js';
import { readShop, type ShopSnapshot } from './snapshot.js';

const bought = ({ orderId, productId }: { readonly orderId: string | null; readonly productId: string }) =>
  `product ${productId} in order ${String(orderId)}`;

/** How often an order has been written, at least and at most, when it has that status; its customer's erasure is a write. */
const WRITES = {
  pending: [1, 1],
  confirmed: [2, 2],
  shipped: [3, 3],
  delivered: [4, 5],
  cancelled: [2, 4],
} as const;

/** Each name says what always holds, on every database, while no process writes. */
export const invariants = {
  'no stock is below zero': ({ stock }) =>
    stock
      .filter(({ quantity }) => quantity < 0)
      .map(({ productId, quantity }) => `${String(quantity)} of product ${productId}`),

  'the ledger adds up to the stock': ({ stock, ledger }) =>
    differences(
      tallyBy(
        ledger,
        ({ productId }) => productId,
        ({ delta }) => delta,
      ),
      tallyBy(
        stock,
        ({ productId }) => productId,
        ({ quantity }) => quantity,
      ),
      (id, written, there) => `product ${id}: ${String(written)} by its ledger, ${String(there)} in stock`,
    ),

  'the ledger numbers every movement and knows what it left': ({ stock, ledger }) => {
    const movementsOf = groupBy(ledger, ({ productId }) => productId);
    return stock.flatMap(({ productId, version }) => {
      const movements = (movementsOf.get(productId) ?? []).toSorted((a, b) => a.sequence - b.sequence);
      let quantity = 0;
      const wrong = movements.filter(({ sequence, delta, balance }, index) => {
        quantity += delta;
        return sequence !== index + 1 || balance !== quantity;
      });
      return [
        ...wrong.map(({ sequence }) => `product ${productId}: movement ${String(sequence)}`),
        ...(movements.length === version
          ? []
          : [`product ${productId}: ${String(version)} movements, ${String(movements.length)} written down`]),
      ];
    });
  },

  "an order's total is the sum of its lines": ({ orders, orderLines }) =>
    differences(
      new Map(orders.map(({ id, total }) => [id, total])),
      tallyBy(
        orderLines,
        ({ orderId }) => orderId,
        ({ unitPrice, quantity }) => unitPrice * quantity,
      ),
      (id, total, lines) => `order ${id}: ${String(total)}, but its lines cost ${String(lines)}`,
    ),

  'an order has lines, each of one unit or more': ({ orders, orderLines }) => {
    const linesOf = groupBy(orderLines, ({ orderId }) => orderId);
    return [
      ...orders.filter(({ id }) => !linesOf.has(id)).map(({ id }) => `order ${id} has no line`),
      ...orderLines.filter(({ quantity }) => quantity < 1).map((line) => bought(line)),
    ];
  },

  'each unit sold belongs to one order': ({ ledger, orderLines }) =>
    differences(
      tallyBy(
        ledger.filter(({ reason }) => reason === 'order'),
        bought,
        ({ delta }) => -delta,
      ),
      tallyBy(orderLines, bought, ({ quantity }) => quantity),
      (what, taken, ordered) => `${what}: ${String(taken)} taken from the stock, ${String(ordered)} ordered`,
    ),

  'the stock of cancelled orders, and of no others, came back once': ({ ledger, orders, orderLines }) => {
    const cancelled = new Set(orders.filter(({ status }) => status === 'cancelled').map(({ id }) => id));
    return differences(
      tallyBy(
        ledger.filter(({ reason }) => reason === 'cancellation'),
        bought,
        ({ delta }) => delta,
      ),
      tallyBy(
        orderLines.filter(({ orderId }) => cancelled.has(orderId)),
        bought,
        ({ quantity }) => quantity,
      ),
      (what, back, due) => `${what}: ${String(back)} came back, ${String(due)} had to`,
    );
  },

  'an order was written as often as its status tells': ({ orders }) =>
    orders
      .filter(({ status, version }) => version < WRITES[status][0] || version > WRITES[status][1])
      .map(({ id, status, version }) => `order ${id} is ${status} in version ${String(version)}`),

  'a customer has one cart, and one line of a product in it': ({ carts, cartLines }) => [
    ...[...groupBy(carts, ({ customerId }) => customerId)]
      .filter(([, all]) => all.length > 1)
      .map(([customer]) => `customer ${customer} has several carts`),
    ...[...groupBy(cartLines, ({ customerId, productId }) => `${productId} in the cart of ${customerId}`)]
      .filter(([, lines]) => lines.length > 1 || lines.some(({ quantity }) => quantity < 1 || quantity > 999))
      .map(([line]) => `product ${line}`),
  ],

  'no row is left of something that is gone': ({ products, stock, ledger, orders, carts, ...lines }) => {
    const ids = (rows: readonly { readonly id: string }[]) => new Set(rows.map(({ id }) => id));
    const [known, placed] = [ids(products), ids(orders)];
    const counted = new Set(stock.map(({ productId }) => productId));
    const owners = new Set(carts.map(({ customerId }) => customerId));
    const strange = (table: string, rows: readonly { readonly productId: string }[]) =>
      rows
        .filter(({ productId }) => !known.has(productId))
        .map(({ productId }) => `${table}: there never was a product ${productId}`);
    return [
      ...[...known].filter((id) => !counted.has(id)).map((id) => `product ${id} has no stock`),
      ...strange('stock', stock),
      ...strange('ledger', ledger),
      ...strange('order lines', lines.orderLines),
      ...strange('cart lines', lines.cartLines),
      ...lines.orderLines
        .filter(({ orderId }) => !placed.has(orderId))
        .map((line) => `a line: ${bought(line)}`),
      ...ledger
        .filter(({ orderId }) => orderId !== null && !placed.has(orderId))
        .map((movement) => `a movement: ${bought(movement)}`),
      ...lines.cartLines
        .filter(({ customerId }) => !owners.has(customerId))
        .map(({ customerId }) => `a line in the cart that ${customerId} has not`),
    ];
  },

  ...peopleInvariants,
  ...eventInvariants,
  ...importInvariants,
} as const satisfies Readonly<Record<string, Invariant>>;

export type InvariantName = keyof typeof invariants;

export interface Anomaly {
  readonly invariant: InvariantName;
  readonly detail: string;
}

/** Where a shop that has been read breaks its invariants. */
export const anomaliesIn = (shop: ShopSnapshot): readonly Anomaly[] =>
  (Object.entries(invariants) as readonly [InvariantName, Invariant][]).flatMap(([invariant, breaks]) =>
    breaks(shop).map((detail) => ({ invariant, detail })),
  );

/**
 * Returns where the shop on a store breaks its invariants: an empty list if all is well. `scope` is one outside transactions, `{
 * kind: 'sql', sequelize, transaction: undefined }` for any database that `connect` has opened; no process may write meanwhile.
 */
export const shopInvariants = async (scope: Scope): Promise<readonly Anomaly[]> =>
  anomaliesIn(await readShop(scope));
