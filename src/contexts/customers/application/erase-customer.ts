import { requireVersion, type ExpectedVersion } from '../../../kernel/errors.js';
import type { CustomerId } from '../../../kernel/ids.js';
import type { Transact } from '../../../kernel/transact.js';
import { customerErased } from '../domain/events.js';
import { getCustomer } from './get-customer.js';
import type { CustomersPorts } from './ports.js';

/**
 * Erases a person (GDPR, article 17): account, sessions, profile, addresses and cart go; orders stay, without address,
 * under an id that names nobody any more. Fails with `customer_not_found`, `last_admin`, or `open_orders` while an order
 * is confirmed or shipped.
 */
export const eraseCustomer =
  ({ transact }: { transact: Transact<CustomersPorts> }) =>
  (id: CustomerId, expected?: ExpectedVersion): Promise<void> =>
    transact(async ({ customers, accounts, carts, orders, requests, events, audit, now }) => {
      const customer = await getCustomer({ customers })(id);
      requireVersion(customer.version, expected);
      await accounts.close(id);
      await customers.remove(customer); // an order that is being placed holds this row: it is seen below, or fails
      await carts.discard(id);
      await orders.release(id);
      await requests.forget(id); // answers kept for retries hold addresses
      await events.append(customerErased(customer, now()));
      await audit.record({ action: 'user.erased', subject: id });
    });
