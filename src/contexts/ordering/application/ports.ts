import type { AuditTrail } from '../../../kernel/audit.js';
import type { Now } from '../../../kernel/clock.js';
import type { Events } from '../../../kernel/events.js';
import type { AddressId, CustomerId, OrderId, ProductId } from '../../../kernel/ids.js';
import type { Page, PageRequest } from '../../../kernel/page.js';
import type { OrderEvent } from '../domain/events.js';
import type { Order, OrderLine, OrderStatus, ShippingAddress } from '../domain/order.js';

export interface OrderFilter {
  readonly status?: OrderStatus;
  readonly customerId?: CustomerId;
  /** Placed at this time or later. */
  readonly from?: Date;
  /** Placed before this time. */
  readonly to?: Date;
}

export interface OrderRepository {
  find(id: OrderId): Promise<Order | null>;
  /** The latest first. The position's key is the time of placing in milliseconds since 1970. */
  list(filter: OrderFilter, page: PageRequest): Promise<Page<Order>>;
  /** Counts the customer's pending orders, up to `limit`. */
  countPending(customer: CustomerId, limit: number): Promise<number>;
  /** Lists the ids of pending orders that were placed before that time, the earliest first. Positions are as in `list`. */
  listOverdue(placedBefore: Date, page: PageRequest): Promise<Page<OrderId>>;
  add(order: Order): Promise<void>;
  /**
   * Stores status, address and `updatedAt` as the next version; what was bought never changes. Fails with `stale_write`
   * when the stored version is no longer `order.version`.
   */
  update(order: Order): Promise<void>;
}

export interface WantedLine {
  readonly productId: ProductId;
  readonly quantity: number;
}

/** What ordering needs of the catalogue. */
export interface Stock {
  /**
   * Takes every line or none, in product order, and answers with name and unit price from rows that the transaction
   * holds. Fails with `out_of_stock`, naming every short line and what is left of it.
   */
  take(order: OrderId, wanted: readonly WantedLine[]): Promise<readonly OrderLine[]>;
  /** Gives back what `take` took for that order; the ledger refuses it a second time. */
  giveBack(order: OrderId, lines: readonly WantedLine[]): Promise<void>;
}

/** What ordering needs of the cart. */
export interface Carts {
  /** Locks the customer's cart first, then takes its lines out: of two tabs, one gets them. */
  checkOut(customer: CustomerId): Promise<readonly WantedLine[]>;
}

/** What ordering needs of the customers. */
export interface Addresses {
  /**
   * The address of that id, or without one the default address, or null when there is none. Keeps the customer from
   * being erased until the transaction ends. Fails with `unknown_address`.
   */
  choose(customer: CustomerId, address: AddressId | undefined): Promise<ShippingAddress | null>;
}

/** What ordering needs of the accounts. */
export interface Buyers {
  /** Fails with `email_not_verified` for those whose address is not. */
  admit(customer: CustomerId): Promise<void>;
}

/** What a transaction of ordering works with. */
export interface OrderingPorts {
  readonly orders: OrderRepository;
  readonly stock: Stock;
  readonly carts: Carts;
  readonly addresses: Addresses;
  /** Null: the shop sells to everybody. */
  readonly buyers: Buyers | null;
  readonly events: Events<OrderEvent>;
  readonly audit: AuditTrail;
  readonly now: Now;
}
