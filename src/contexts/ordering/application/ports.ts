import type { AuditLog } from '#src/kernel/audit.js';
import type { Now } from '#src/kernel/clock.js';
import type { EmailAddress } from '#src/kernel/email-address.js';
import type { Events } from '#src/kernel/events.js';
import type { AddressId, CustomerId, OrderId, ProductId } from '#src/kernel/ids.js';
import type { Page, PageRequest } from '#src/kernel/page.js';
import type { PostalAddress } from '#src/kernel/postal-address.js';
import type { Placement } from '../domain/placement.js';
import type { BulkCancellation, BulkCancellationId } from '../domain/bulk-cancellation.js';
import type { BulkCancellationEvent, OrderEvent } from '../domain/events.js';
import type { Order, OrderLine, OrderStatus } from '../domain/order.js';
import type { OrderNumber } from '../domain/order-number.js';

export interface OrderFilter {
  readonly number?: OrderNumber;
  readonly status?: OrderStatus;
  readonly customerId?: CustomerId;
  /** Placed at this time or later. */
  readonly from?: Date;
  /** Placed before this time. */
  readonly to?: Date;
  /** With a line of this SKU, as of the placing, in any letter case. */
  readonly sku?: string;
}

/** What a list says of an order without its lines. */
export type OrderHead = Pick<Order, 'id' | 'status' | 'createdAt'>;

export interface OrderReader {
  find(id: OrderId): Promise<Order | null>;
  /**
   * The latest first. The position's key is the time of placing in milliseconds since 1970. With a SKU, a page may hold fewer orders
   * than its limit, even none, although more follow.
   */
  list(filter: OrderFilter, page: PageRequest): Promise<Page<Order>>;
  /** Like `list`, without what was ordered and where it goes. */
  listHeads(filter: Omit<OrderFilter, 'number' | 'sku'>, page: PageRequest): Promise<Page<OrderHead>>;
  /** Counts the customer's pending orders, up to `limit`. */
  countPending(customer: CustomerId, limit: number): Promise<number>;
  /** Returns whether an order of the customer is confirmed or shipped. */
  hasOpen(customer: CustomerId): Promise<boolean>;
  /** Lists the ids of pending orders that were placed before that time, the earliest first. Positions are as in `list`. */
  listOverdue(placedBefore: Date, page: PageRequest): Promise<Page<OrderId>>;
}

export interface OrderRepository extends OrderReader {
  /** Fails with `stale_write` if another order has the number: the work runs again, and makes another one. */
  add(order: Order): Promise<void>;
  /**
   * Stores status, address and `updatedAt`; what was bought never changes. Fails with `stale_write` unless the stored version
   * is `order.version - 1`.
   */
  update(order: Order): Promise<void>;
  /**
   * Stores numbers, and keys of SKUs, of at most `limit` orders that a process of an earlier version has placed without; returns how
   * many. Fails like `add`; another attempt uses other numbers.
   */
  complete(limit: number, attempt: number): Promise<number>;
  /** Removes the addresses of these orders by one statement, which raises their versions. Those without one stay as they are. */
  removeAddresses(ids: readonly OrderId[], at: Date): Promise<void>;
}

export interface BulkCancellationReader {
  find(id: BulkCancellationId): Promise<BulkCancellation | null>;
  /** The latest first. The position's key is the time of the request in milliseconds since 1970. */
  list(filter: { readonly customerId?: CustomerId }, page: PageRequest): Promise<Page<BulkCancellation>>;
}

export interface BulkCancellationRepository extends BulkCancellationReader {
  /** Fails with `stale_write` when there is one of that id: running again finds it. */
  add(bulk: BulkCancellation): Promise<void>;
  /**
   * Stores how far it has come, and leaves alone how many orders it has cancelled. Fails with `stale_write` unless the stored
   * version is `bulk.version - 1`.
   */
  update(bulk: BulkCancellation): Promise<void>;
  /** Counts one more order that it has cancelled. */
  count(id: BulkCancellationId): Promise<void>;
}

export interface WantedLine {
  readonly productId: ProductId;
  readonly quantity: number;
}

export interface PlacementReader {
  /** Lists the ids of placements that expired before that time, the earliest first. The key is the time in milliseconds since 1970. */
  listOverdue(expiredBefore: Date, page: PageRequest): Promise<Page<OrderId>>;
}

/** Orders that are being placed: used only where the catalogue is in another process. */
export interface PlacementRepository extends PlacementReader {
  /** Fails with `request_in_progress` while there is another placement with the key. */
  add(placement: Placement): Promise<void>;
  /** Removes a placement and returns it; null if another transaction was faster. */
  take(id: OrderId): Promise<Placement | null>;
  /** Counts the customer's placements, up to `limit`. */
  countPlacements(customer: CustomerId, limit: number): Promise<number>;
  /** Removes a customer's placements. */
  removeAll(customer: CustomerId): Promise<void>;
}

/** What identifies a request that a client may repeat. Ordering compares its id; the rest is for the stored replies. */
export interface RequestKey {
  readonly id: string;
  readonly caller: string;
  readonly fingerprint: string;
  readonly at: Date;
  readonly quota: number;
}

/** The replies that are stored for repeated requests. */
export interface StoredReplies {
  /** Fails with `idempotency_key_reused` if that request was another one. */
  has(key: RequestKey): Promise<boolean>;
}

/** The stock of a catalogue in another process: no part of any transaction. */
export interface Reservations {
  /**
   * Takes every line or none for so many milliseconds, and returns names and prices. Idempotent by the order's id. Fails with
   * `out_of_stock`, `reservation_lapsed` or `service_unavailable`.
   */
  reserve(order: OrderId, wanted: readonly WantedLine[], forMs: number): Promise<readonly OrderLine[]>;
  /** Returns what is reserved, and refuses a reservation that arrives later. Idempotent. Fails with `service_unavailable`. */
  release(order: OrderId): Promise<void>;
}

/** What ordering needs of the catalogue. */
export interface Stock {
  /**
   * Takes every line or none, in product order, and returns name and unit price from rows that the transaction
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
  /** Adds lines that were taken out and not ordered to those that are in the cart by now, as far as it has room. */
  putBack(customer: CustomerId, lines: readonly WantedLine[]): Promise<void>;
}

/** What ordering needs of the customers. */
export interface Addresses {
  /**
   * The address of that id, or without one the default address, or null when there is none. Keeps the customer from
   * being erased until the transaction ends. Fails with `unknown_address`.
   */
  choose(customer: CustomerId, address: AddressId | undefined): Promise<PostalAddress | null>;
}

/** What ordering needs of the customers besides. */
export interface Customers {
  /** Keeps the customer from being erased until the transaction ends. Fails with `customer_erased`. */
  lock(customer: CustomerId): Promise<void>;
}

/** Who a customer is, as the account says. */
export interface Contact {
  readonly name: string;
  readonly email: string;
  /** Rises with each change of the account. */
  readonly version: number;
}

/** What queries of ordering need of the accounts. */
export interface Contacts {
  /** Returns the contacts of those customers who are not erased. */
  findAll(ids: readonly CustomerId[]): Promise<ReadonlyMap<CustomerId, Contact>>;
  /** Returns the customer with the address; null if there is none. */
  findByEmail(address: EmailAddress): Promise<CustomerId | null>;
}

/** What ordering needs of the accounts. Both lock the account until the transaction ends. */
export interface Buyers {
  /** Fails with `account_disabled`, and with `email_not_verified` where only verified addresses may order. */
  admit(customer: CustomerId): Promise<void>;
  /** Returns whether there is such an account and it is enabled. */
  isEnabled(customer: CustomerId): Promise<boolean>;
}

/** What a transaction of ordering works with. */
export interface OrderingPorts {
  readonly orders: OrderRepository;
  readonly stock: Stock;
  readonly carts: Carts;
  readonly addresses: Addresses;
  readonly customers: Customers;
  readonly buyers: Buyers;
  readonly bulkCancellations: BulkCancellationRepository;
  readonly placements: PlacementRepository;
  readonly replies: StoredReplies;
  readonly events: Events<OrderEvent | BulkCancellationEvent>;
  readonly audit: AuditLog;
  readonly now: Now;
}
