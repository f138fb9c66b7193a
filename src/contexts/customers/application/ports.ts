import type { AuditTrail } from '#src/kernel/audit.js';
import type { Now } from '#src/kernel/clock.js';
import type { EmailAddress } from '#src/kernel/email-address.js';
import type { Events } from '#src/kernel/events.js';
import type { CustomerId } from '#src/kernel/ids.js';
import type { Page, PageRequest } from '#src/kernel/page.js';
import type { Customer } from '../domain/customer.js';
import type { CustomerEvent, ErasureEvent, ErasureId } from '../domain/events.js';

export interface CustomerFilter {
  /** Every word of it must occur in the name or the e-mail address, by its `searchKey`: whatever letter case and accents. */
  readonly text?: string;
}

/** Customers with their whole address books. */
export interface CustomerReader {
  find(id: CustomerId): Promise<Customer | null>;
  /** The latest first. The position's key is the time of creation in milliseconds since 1970. */
  list(filter: CustomerFilter, page: PageRequest): Promise<Page<Customer>>;
}

export interface CustomerRepository extends CustomerReader {
  /** Like `find`, and keeps the customer from being changed or erased until the transaction ends. */
  hold(id: CustomerId): Promise<Customer | null>;
  add(customer: Customer): Promise<void>;
  /** Stores `customer` with exactly these addresses; fails with `stale_write` unless the stored version is `customer.version - 1`. */
  update(customer: Customer): Promise<void>;
  /** Removes the customer and the address book; fails with `stale_write` unless the stored version is `customer.version`. */
  remove(customer: Customer): Promise<void>;
}

/** What customers need of the accounts. */
export interface Accounts {
  /** Makes an account that has no password yet. Fails with `email_taken`. */
  open(account: {
    readonly id: CustomerId;
    readonly name: string;
    readonly email: EmailAddress;
  }): Promise<void>;
  /** The account's name follows the profile's. */
  rename(id: CustomerId, name: string): Promise<void>;
  /** Removes the account and its sessions. Fails with `last_admin`. */
  close(id: CustomerId): Promise<void>;
}

/** What customers need of the cart. */
export interface Carts {
  discard(customer: CustomerId): Promise<void>;
}

/** What customers need of ordering. */
export interface Orders {
  /**
   * Starts to cancel what is pending and to make all of it anonymous, for a customer who is locked. Fails with
   * `open_orders`.
   */
  release(customer: CustomerId, erasure: ErasureId): Promise<void>;
}

/** What is kept of the requests that a customer has made. */
export interface Requests {
  /** Removes at most `limit` answers; returns how many it removed. */
  forget(customer: CustomerId, limit: number): Promise<number>;
}

/** What a transaction of the customers works with. */
export interface CustomersPorts {
  readonly customers: CustomerRepository;
  readonly accounts: Accounts;
  readonly carts: Carts;
  readonly orders: Orders;
  readonly requests: Requests;
  /** Of every other context. */
  readonly personalData: readonly PersonalData[];
  readonly personalLists: readonly PersonalList[];
  readonly events: Events<CustomerEvent | ErasureEvent>;
  readonly audit: AuditTrail;
  readonly now: Now;
}

/** What one other context holds on a person, as plain JSON under a name of its own; not so much that it needs pages. */
export interface PersonalData {
  of(customer: CustomerId): Promise<Readonly<Record<string, unknown>>>;
}

/** A list, however long, that one other context holds on a person, as plain JSON. */
export interface PersonalList {
  readonly name: string;
  /** Reads each page when it is asked for, and holds nothing in between. */
  pages(customer: CustomerId): AsyncIterable<readonly unknown[]>;
}
