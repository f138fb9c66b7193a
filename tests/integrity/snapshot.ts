import { cartTable } from '#src/contexts/cart/adapters/memory/memory-cart-repository.js';
import { cartTables } from '#src/contexts/cart/adapters/sequelize/cart-tables.js';
import {
  ledgerTable,
  productTable,
  stockTable,
} from '#src/contexts/catalog/adapters/memory/memory-catalog-tables.js';
import { catalogTables } from '#src/contexts/catalog/adapters/sequelize/catalog-tables.js';
import type { StockReason } from '#src/contexts/catalog/domain/stock.js';
import { orderTable } from '#src/contexts/ordering/adapters/memory/memory-order-repository.js';
import { orderTables } from '#src/contexts/ordering/adapters/sequelize/order-tables.js';
import type { OrderStatus } from '#src/contexts/ordering/domain/order.js';
import type { Scope } from '#src/main/persistence/persistence.js';
import { findRows } from '#src/platform/database/rows.js';
import type { SqlScope } from '#src/platform/database/scope.js';
import type { MemoryScope } from '#src/platform/memory/store.js';

/** What a shop sells, has and has sold: the rows of every table that its invariants speak of. Amounts in minor units. */
export interface ShopSnapshot {
  readonly products: readonly {
    readonly id: string;
    readonly name: string;
    readonly price: number;
    readonly deleted: boolean;
  }[];
  readonly stock: readonly {
    readonly productId: string;
    readonly quantity: number;
    readonly version: number;
  }[];
  readonly ledger: readonly {
    readonly productId: string;
    readonly sequence: number;
    readonly delta: number;
    readonly reason: StockReason;
    readonly orderId: string | null;
    readonly balance: number;
  }[];
  readonly orders: readonly {
    readonly id: string;
    readonly customerId: string;
    readonly status: OrderStatus;
    readonly total: number;
    readonly version: number;
  }[];
  /** The lines of an order, and those of a cart, follow each other in their order. */
  readonly orderLines: readonly {
    readonly orderId: string;
    readonly productId: string;
    readonly unitPrice: number;
    readonly quantity: number;
  }[];
  readonly carts: readonly { readonly customerId: string; readonly version: number }[];
  readonly cartLines: readonly {
    readonly customerId: string;
    readonly productId: string;
    readonly quantity: number;
  }[];
}

type Row<Table extends keyof ShopSnapshot> = ShopSnapshot[Table][number];

// What a snapshot keeps of the rows that hold more.
const movement = ({
  productId,
  sequence,
  delta,
  reason,
  orderId,
  balance,
}: Row<'ledger'>): Row<'ledger'> => ({
  productId,
  sequence,
  delta,
  reason,
  orderId,
  balance,
});
const order = ({ id, customerId, status, total, version }: Row<'orders'>): Row<'orders'> => ({
  id,
  customerId,
  status,
  total,
  version,
});
const orderLine = ({ orderId, productId, unitPrice, quantity }: Row<'orderLines'>): Row<'orderLines'> => ({
  orderId,
  productId,
  unitPrice,
  quantity,
});
const cart = ({ customerId, version }: Row<'carts'>): Row<'carts'> => ({ customerId, version });
const cartLine = ({ customerId, productId, quantity }: Row<'cartLines'>): Row<'cartLines'> => ({
  customerId,
  productId,
  quantity,
});

const fromMemory = async (scope: MemoryScope): Promise<ShopSnapshot> => {
  const [orders, carts] = [await scope.table(orderTable).all(), await scope.table(cartTable).all()];
  return {
    products: (await scope.table(productTable).all()).map(({ id, name, price, deletedAt }) => ({
      id,
      name,
      price: price.minor,
      deleted: deletedAt !== null,
    })),
    stock: await scope.table(stockTable).all(),
    ledger: (await scope.table(ledgerTable).all()).map(movement),
    orders: orders.map(({ total, ...rest }) => order({ ...rest, total: total.minor })),
    orderLines: orders.flatMap(({ id, lines }) =>
      lines.map(({ unitPrice, ...line }) => orderLine({ ...line, orderId: id, unitPrice: unitPrice.minor })),
    ),
    carts: carts.map(cart),
    cartLines: carts.flatMap(({ customerId, lines }) =>
      lines.map((line) => cartLine({ customerId, ...line })),
    ),
  };
};

const fromSql = async (scope: SqlScope): Promise<ShopSnapshot> => {
  const { products, stock, ledger } = catalogTables(scope.sequelize);
  const { orders, lines: orderLines } = orderTables(scope.sequelize);
  const { carts, lines: cartLines } = cartTables(scope.sequelize);
  return {
    products: (await findRows(products, {}, scope)).map(({ id, name, priceMinor, deletedAt }) => ({
      id,
      name,
      price: priceMinor,
      deleted: deletedAt !== null,
    })),
    stock: await findRows(stock, {}, scope),
    ledger: (await findRows(ledger, {}, scope)).map(movement),
    orders: (await findRows(orders, {}, scope)).map(({ totalMinor, ...rest }) =>
      order({ ...rest, total: totalMinor }),
    ),
    orderLines: (await findRows(orderLines, { order: [['position', 'ASC']] }, scope)).map(
      ({ unitPriceMinor, ...line }) => orderLine({ ...line, unitPrice: unitPriceMinor }),
    ),
    carts: await findRows(carts, {}, scope),
    cartLines: (await findRows(cartLines, { order: [['position', 'ASC']] }, scope)).map(cartLine),
  };
};

/** Reads a shop's tables, one after the other: nobody may be writing meanwhile. */
export const readShop = (scope: Scope): Promise<ShopSnapshot> =>
  scope.kind === 'memory' ? fromMemory(scope) : fromSql(scope);
