import type { AccountsOffers, AccountsQueryOffers } from '#src/contexts/accounts/public.js';
import type { CartOffers } from '#src/contexts/cart/public.js';
import type { CatalogOffers } from '#src/contexts/catalog/public.js';
import type { CustomersOffers } from '#src/contexts/customers/public.js';
import type { WithIdempotency } from '#src/platform/idempotency/idempotency-store.js';
import type {
  Addresses,
  Buyers,
  Carts,
  Contacts,
  Customers,
  Stock,
  StoredReplies,
} from '../application/ports.js';
import { fail } from '../domain/errors.js';

/** The accounts of customers, locked in the order's own transaction. */
export const accountBuyers = (
  uses: { readonly accounts: AccountsOffers },
  { requireVerifiedEmail }: { readonly requireVerifiedEmail: boolean },
): Buyers => ({
  admit: async (customer) => {
    const account = await uses.accounts.lockAccount(customer);
    if (account === null) return; // erased: the next step finds no profile and fails
    if (account.disabled) throw fail('account_disabled');
    if (requireVerifiedEmail && !account.emailVerified) throw fail('email_not_verified');
  },
  isEnabled: async (customer) => {
    const account = await uses.accounts.lockAccount(customer);
    return account !== null && !account.disabled;
  },
});

/** The accounts of customers, as queries read them. */
export const accountContacts = (uses: { readonly accounts: AccountsQueryOffers }): Contacts => ({
  findAll: async (ids) => {
    const found = ids.length === 0 ? [] : await uses.accounts.identifyAccounts(ids);
    return new Map(found.map(({ id, ...contact }) => [id, contact]));
  },
  findByEmail: (address) => uses.accounts.findAccountByEmail(address),
});

/** The customer's cart, emptied in the order's own transaction. */
export const cartCheckout = (uses: { readonly cart: CartOffers }): Carts => ({
  checkOut: (customer) => uses.cart.checkOut(customer),
  putBack: (...given) => uses.cart.putBack(...given),
});

/** The catalogue's stock, moved in the order's own transaction. */
export const catalogStock = (uses: { readonly catalog: CatalogOffers }): Stock => ({
  take: (...given) => uses.catalog.takeStock(...given),
  giveBack: (...given) => uses.catalog.returnStock(...given),
});

/** The replies to requests with an Idempotency-Key. */
export const repliesIn = ({ idempotency }: WithIdempotency): StoredReplies => ({
  has: async (key) => (await idempotency.find(key)) !== null,
});

/** The customer's address book; what an order copies of it knows neither its id nor its place in the book. */
export const customerAddresses = (uses: { readonly customers: CustomersOffers }): Addresses => ({
  choose: async (customer, id) => {
    const chosen = await uses.customers.chooseAddress(customer, id);
    if (chosen === null) return null;
    const { id: _id, isDefault: _isDefault, position: _position, ...address } = chosen;
    return address;
  },
});

/** The customers, locked in the order's own transaction. */
export const orderCustomers = (uses: { readonly customers: CustomersOffers }): Customers => ({
  lock: (customer) => uses.customers.lockCustomer(customer, () => fail('customer_erased')),
});
