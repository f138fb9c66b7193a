import {
  refreshTokens as tokenTable,
  sessions as sessionTable,
  users as userTable,
} from '#src/contexts/accounts/adapters/memory/account-tables.js';
import { accountTables } from '#src/contexts/accounts/adapters/sequelize/account-tables.js';
import { cartTable } from '#src/contexts/cart/adapters/memory/memory-cart-repository.js';
import { cartTables } from '#src/contexts/cart/adapters/sequelize/cart-tables.js';
import {
  importChunkTable,
  importErrorTable,
  importTable,
  ledgerTable,
  productTable,
  stockTable,
} from '#src/contexts/catalog/adapters/memory/memory-catalog-tables.js';
import { catalogTables } from '#src/contexts/catalog/adapters/sequelize/catalog-tables.js';
import type { ImportCounts, ImportStatus } from '#src/contexts/catalog/domain/import.js';
import type { StockReason } from '#src/contexts/catalog/domain/stock.js';
import { customerTable } from '#src/contexts/customers/adapters/memory/memory-customer-repository.js';
import { customerTables } from '#src/contexts/customers/adapters/sequelize/customer-tables.js';
import { orderTable } from '#src/contexts/ordering/adapters/memory/memory-order-repository.js';
import { orderTables } from '#src/contexts/ordering/adapters/sequelize/order-tables.js';
import type { OrderStatus } from '#src/contexts/ordering/domain/order.js';
import type { Scope } from '#src/main/persistence/persistence.js';
import type { BackendName } from '#src/main/services.js';
import { findRows } from '#src/platform/database/rows.js';
import type { SqlScope } from '#src/platform/database/scope.js';
import { keyTable, usageTable } from '#src/platform/idempotency/memory-idempotency-store.js';
import { replyTables } from '#src/platform/idempotency/sequelize-idempotency-store.js';
import { isReference, unpack } from '#src/platform/idempotency/stored-reply.js';
import type { MemoryScope } from '#src/platform/memory/store.js';
import {
  outboxDeliveryTable,
  outboxEventTable,
  outboxSubscriptionTable,
} from '#src/platform/outbox/memory-outbox-repository.js';
import { aggregateOf } from '#src/platform/outbox/outbox.js';
import { outboxTables } from '#src/platform/outbox/sequelize-outbox-repository.js';

/** What a shop holds: the rows of every table that its invariants speak of. Amounts in minor units. */
export interface ShopSnapshot {
  readonly users: readonly { readonly id: string; readonly name: string; readonly email: string }[];
  readonly sessions: readonly { readonly id: string; readonly userId: string }[];
  readonly refreshTokens: readonly { readonly sessionId: string; readonly spent: boolean }[];
  readonly customers: readonly {
    readonly id: string;
    readonly name: string;
    readonly email: string;
    readonly version: number;
  }[];
  readonly addresses: readonly {
    readonly id: string;
    readonly customerId: string;
    readonly isDefault: boolean;
  }[];
  readonly products: readonly {
    readonly id: string;
    readonly sku: string | null;
    readonly name: string;
    readonly price: number;
    readonly version: number;
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
  readonly imports: readonly ({
    readonly id: string;
    readonly status: ImportStatus;
    readonly version: number;
  } & ImportCounts)[];
  /** Rows that wait to be applied. */
  readonly importChunks: readonly { readonly importId: string; readonly rows: number }[];
  readonly importErrors: readonly { readonly importId: string; readonly line: number }[];
  readonly orders: readonly {
    readonly id: string;
    readonly customerId: string;
    readonly status: OrderStatus;
    readonly total: number;
    readonly addressed: boolean;
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
  /** Stored for requests with an Idempotency-Key; `orderId` is that of a reply which is an order, stored by its id. */
  readonly replies: readonly {
    readonly id: string;
    readonly caller: string;
    readonly isKept: boolean;
    readonly orderId: string | null;
    readonly bytes: number;
  }[];
  readonly usage: readonly { readonly caller: string; readonly bytes: number }[];
  readonly events: readonly {
    readonly id: string;
    readonly aggregate: string;
    readonly aggregateId: string;
    readonly version: number;
    readonly sequence: number;
    readonly type: string;
    readonly customerId: string | null;
    readonly dispatched: boolean;
  }[];
  readonly subscriptions: readonly { readonly subscriber: string; readonly types: readonly string[] }[];
  /** Those that are not done. */
  readonly deliveries: readonly {
    readonly eventId: string;
    readonly subscriber: string;
    readonly state: 'pending' | 'dead_lettered';
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
const importOf = ({
  id,
  status,
  version,
  rows,
  created,
  updated,
  unchanged,
  refused,
}: Row<'imports'>): Row<'imports'> => ({
  ...{ id, status, version },
  ...{ rows, created, updated, unchanged, refused },
});
const importError = ({ importId, line }: Row<'importErrors'>): Row<'importErrors'> => ({ importId, line });
const order = ({ id, customerId, status, total, addressed, version }: Row<'orders'>): Row<'orders'> => ({
  id,
  customerId,
  status,
  total,
  addressed,
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

const user = ({ id, name, email }: Row<'users'>): Row<'users'> => ({ id, name, email });
const session = ({ id, userId }: Row<'sessions'>): Row<'sessions'> => ({ id, userId });
const refreshToken = ({
  sessionId,
  spentAt,
}: {
  readonly sessionId: string;
  readonly spentAt: Date | null;
}): Row<'refreshTokens'> => ({ sessionId, spent: spentAt !== null });
const customer = ({ id, name, email, version }: Row<'customers'>): Row<'customers'> => ({
  id,
  name,
  email,
  version,
});
const reply = ({
  id,
  caller,
  reply: text,
  bytes,
}: {
  readonly id: string;
  readonly caller: string;
  readonly reply: string | null;
  readonly bytes: number | null;
}): Row<'replies'> => {
  const kept = text === null ? null : unpack(text);
  const orderId = kept !== null && isReference(kept) ? kept.reference : null;
  return { id, caller, isKept: kept !== null, orderId, bytes: bytes ?? 0 };
};
const event = ({
  id,
  aggregateId,
  version,
  sequence,
  type,
  data,
  dispatchedAt,
}: Omit<Row<'events'>, 'aggregate' | 'customerId' | 'dispatched' | 'type'> & {
  readonly type: `${string}.${string}`;
  readonly data: Readonly<Record<string, string>>;
  readonly dispatchedAt: number | null;
}): Row<'events'> => ({
  id,
  aggregate: aggregateOf({ type }),
  aggregateId,
  version,
  sequence,
  type,
  customerId: data['customerId'] ?? null,
  dispatched: dispatchedAt !== null,
});

const fromMemory = async (scope: MemoryScope): Promise<ShopSnapshot> => {
  const [orders, carts] = [await scope.table(orderTable).all(), await scope.table(cartTable).all()];
  const customers = await scope.table(customerTable).all();
  return {
    users: (await scope.table(userTable).all()).map(user),
    sessions: (await scope.table(sessionTable).all()).map((row) => session(row.session)),
    refreshTokens: (await scope.table(tokenTable).all()).map(refreshToken),
    customers: customers.map(customer),
    addresses: customers.flatMap(({ id: customerId, addresses }) =>
      addresses.map(({ id, isDefault }) => ({ id, customerId, isDefault })),
    ),
    products: (await scope.table(productTable).all()).map(({ id, sku, name, price, version, deletedAt }) => ({
      id,
      sku,
      name,
      price: price.minor,
      version,
      deleted: deletedAt !== null,
    })),
    stock: await scope.table(stockTable).all(),
    ledger: (await scope.table(ledgerTable).all()).map(movement),
    imports: (await scope.table(importTable).all()).map(importOf),
    importChunks: (await scope.table(importChunkTable).all()).map(({ importId, rows }) => ({
      importId,
      rows: rows.length,
    })),
    importErrors: (await scope.table(importErrorTable).all()).map(importError),
    orders: orders.map(({ total, shippingAddress, ...rest }) =>
      order({ ...rest, total: total.minor, addressed: shippingAddress !== null }),
    ),
    orderLines: orders.flatMap(({ id, lines }) =>
      lines.map(({ unitPrice, ...line }) => orderLine({ ...line, orderId: id, unitPrice: unitPrice.minor })),
    ),
    carts: carts.map(cart),
    cartLines: carts.flatMap(({ customerId, lines }) =>
      lines.map((line) => cartLine({ customerId, ...line })),
    ),
    replies: (await scope.table(keyTable).all()).map(reply),
    usage: await scope.table(usageTable).all(),
    events: (await scope.table(outboxEventTable).all()).map(event),
    subscriptions: await scope.table(outboxSubscriptionTable).all(),
    deliveries: (await scope.table(outboxDeliveryTable).all()).map((row) => ({
      eventId: row.event.id,
      subscriber: row.subscriber,
      state: row.state,
    })),
  };
};

/**
 * Reads the tables of a shop from the databases of its services, one after the other: no process may write meanwhile. What the
 * platform stores is in each of them.
 */
export const readServices = async ({
  user: people,
  customer: profiles,
  product: shelf,
  transaction: till,
}: Readonly<Record<BackendName, SqlScope>>): Promise<ShopSnapshot> => {
  const { products, stock, ledger, imports, importChunks, importErrors } = catalogTables(shelf.sequelize);
  const { orders, lines: orderLines } = orderTables(till.sequelize);
  const { carts, lines: cartLines } = cartTables(till.sequelize);
  const { users, sessions, refreshTokens } = accountTables(people.sequelize);
  const { customers, addresses } = customerTables(profiles.sequelize);
  const ofAll = async <Row>(read: (scope: SqlScope) => Promise<readonly Row[]>): Promise<readonly Row[]> => {
    const scopes = [...new Set([people, profiles, shelf, till])];
    return (await Promise.all(scopes.map(read))).flat();
  };
  return {
    users: (await findRows(users, {}, people)).map(user),
    sessions: (await findRows(sessions, {}, people)).map(session),
    refreshTokens: (await findRows(refreshTokens, {}, people)).map(refreshToken),
    customers: (await findRows(customers, {}, profiles)).map(customer),
    addresses: (await findRows(addresses, {}, profiles)).map(({ id, customerId, defaultFor }) => ({
      id,
      customerId,
      isDefault: defaultFor !== null,
    })),
    products: (await findRows(products, {}, shelf)).map(
      ({ id, sku, name, priceMinor, version, deletedAt }) => ({
        id,
        sku,
        name,
        price: priceMinor,
        version,
        deleted: deletedAt !== null,
      }),
    ),
    stock: await findRows(stock, {}, shelf),
    ledger: (await findRows(ledger, {}, shelf)).map(movement),
    imports: (await findRows(imports, {}, shelf)).map(importOf),
    importChunks: (await findRows(importChunks, {}, shelf)).map(({ importId, rows }) => ({
      importId,
      rows: (JSON.parse(rows) as unknown[]).length,
    })),
    importErrors: (await findRows(importErrors, {}, shelf)).map(importError),
    orders: (await findRows(orders, {}, till)).map(({ totalMinor, shippingAddress, ...rest }) =>
      order({ ...rest, total: totalMinor, addressed: shippingAddress !== null }),
    ),
    orderLines: (await findRows(orderLines, { order: [['position', 'ASC']] }, till)).map(
      ({ unitPriceMinor, ...line }) => orderLine({ ...line, unitPrice: unitPriceMinor }),
    ),
    carts: await findRows(carts, {}, till),
    cartLines: (await findRows(cartLines, { order: [['position', 'ASC']] }, till)).map(cartLine),
    replies: (await ofAll((scope) => findRows(replyTables(scope.sequelize).keys, {}, scope))).map(reply),
    usage: await ofAll((scope) => findRows(replyTables(scope.sequelize).usage, {}, scope)),
    events: (await ofAll((scope) => findRows(outboxTables(scope.sequelize).events, {}, scope))).map(
      ({ data, ...row }) => event({ ...row, data: JSON.parse(data) as Record<string, string> }),
    ),
    subscriptions: (
      await ofAll((scope) => findRows(outboxTables(scope.sequelize).subscriptions, {}, scope))
    ).map(({ subscriber, types }) => ({
      subscriber,
      types: JSON.parse(types) as string[],
    })),
    deliveries: (await ofAll((scope) => findRows(outboxTables(scope.sequelize).deliveries, {}, scope))).map(
      ({ eventId, subscriber, state }) => ({
        eventId,
        subscriber,
        state,
      }),
    ),
  };
};

/** Reads a shop's tables, one after the other: no process may write meanwhile. */
export const readShop = (scope: Scope): Promise<ShopSnapshot> =>
  scope.kind === 'memory'
    ? fromMemory(scope)
    : readServices({ user: scope, customer: scope, product: scope, transaction: scope });
