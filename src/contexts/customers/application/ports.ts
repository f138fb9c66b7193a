import type { AuditLog } from '#src/kernel/audit.js';
import type { Now } from '#src/kernel/clock.js';
import type { EmailAddress } from '#src/kernel/email-address.js';
import type { Events } from '#src/kernel/events.js';
import type { CustomerId } from '#src/kernel/ids.js';
import type { Page, PageRequest } from '#src/kernel/page.js';
import type { Customer } from '../domain/customer.js';
import type { CustomerEvent } from '../domain/events.js';

export interface CustomerFilter {
  /** For each of its `searchTerms`, the name or the e-mail address must have a word that begins with it. */
  readonly text?: string;
}

/** Customers with their whole address books. */
export interface CustomerReader {
  find(id: CustomerId): Promise<Customer | null>;
  /**
   * The latest first. The position's key is the time of creation in milliseconds since 1970. A page of a search may hold fewer
   * customers than its limit, even none, although more follow.
   */
  list(filter: CustomerFilter, page: PageRequest): Promise<Page<Customer>>;
}

export interface CustomerRepository extends CustomerReader {
  /** Like `find`, and keeps the customer from being changed or erased until the transaction ends. */
  lock(id: CustomerId): Promise<Customer | null>;
  /** Like `lock`, without reading anything; returns whether there is such a customer. */
  lockOnly(id: CustomerId): Promise<boolean>;
  /** Fails with `stale_write` when there is one of that id: running again finds it. */
  add(customer: Customer): Promise<void>;
  /**
   * Stores `customer`, whose addresses replace those of `before`: the customer as this transaction has read it. So nothing has to
   * be read again. Fails with `stale_write` unless the stored version is `customer.version - 1`.
   */
  update(customer: Customer, before: Customer): Promise<void>;
  /** Removes the customer and the address book; fails with `stale_write` unless the stored version is `customer.version`. */
  remove(customer: Pick<Customer, 'id' | 'version'>): Promise<void>;
}

/** What a profile shows of its account. */
export interface Account {
  readonly name: string;
  readonly email: string;
}

/** What customers need of the accounts. */
export interface Accounts {
  find(id: CustomerId): Promise<Account | null>;
  /** Makes an account that has no password yet. Fails with `email_taken`. */
  open(account: {
    readonly id: CustomerId;
    readonly name: string;
    readonly email: EmailAddress;
  }): Promise<void>;
  /** The account's name follows the profile's. Does nothing without an account: then there is no profile either. */
  rename(id: CustomerId, name: string): Promise<void>;
}

/** What queries of the customers read, outside of any transaction. */
export interface CustomersReaders {
  readonly customers: CustomerReader;
}

/** What a transaction of the customers works with. */
export interface CustomersPorts {
  readonly customers: CustomerRepository;
  readonly accounts: Accounts;
  readonly events: Events<CustomerEvent>;
  readonly audit: AuditLog;
  readonly now: Now;
}
