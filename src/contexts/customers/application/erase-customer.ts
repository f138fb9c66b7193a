import { requireVersion, type ExpectedVersion } from '#src/kernel/errors.js';
import type { CustomerId, NewId } from '#src/kernel/ids.js';
import type { Work } from '#src/kernel/transact.js';
import { Customer } from '../domain/customer.js';
import { customerErased, erasureStarted, type ErasureId } from '../domain/events.js';
import { getCustomer } from './get-customer.js';
import type { CustomersPorts } from './ports.js';

/**
 * Erases a person (GDPR, article 17). Account, sessions, profile, addresses and cart go at once. Afterwards, in batches that
 * events ask for, pending orders are cancelled, the addresses of orders go, and so do the answers kept for retries, which
 * hold addresses. Orders stay under a pseudonym. Fails with `customer_not_found`, `last_admin`, or
 * `open_orders` while an order is confirmed or shipped.
 */
export const eraseCustomer =
  ({ newId }: { newId: NewId }) =>
  (id: CustomerId, expected?: ExpectedVersion): Work<CustomersPorts, void> => {
    const erasure = newId<ErasureId>(); // before the transaction: its work may run twice
    return async ({ customers, accounts, carts, orders, events, audit, now }) => {
      const customer = await getCustomer({ customers })(id);
      requireVersion(customer.version, expected);
      await accounts.close(id);
      // An order that is being placed or confirmed locks this row: it is seen below, or fails.
      await customers.remove(customer);
      await carts.discard(id);
      await orders.release(id, erasure);
      const at = now();
      await events.append(customerErased(Customer.erase(customer, at)), erasureStarted(erasure, id, at));
      await audit.record({ action: 'user.erased', subject: id });
    };
  };
