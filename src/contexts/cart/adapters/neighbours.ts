import type { CatalogQueryOffers } from '#src/contexts/catalog/public.js';
import type { CustomersOffers } from '#src/contexts/customers/public.js';
import type { Customers, Products } from '../application/ports.js';

/** The catalogue's products as the cart shows them. */
export const catalogProducts = (uses: { readonly catalog: CatalogQueryOffers }): Products => ({
  describe: async (ids) => {
    const summaries = await uses.catalog.summariseProducts(ids);
    return summaries.map(({ deleted, asOf = null, ...product }) => ({ ...product, gone: deleted, asOf }));
  },
});

/** The customers, locked in the cart's own transaction. */
export const cartCustomers = (uses: { readonly customers: CustomersOffers }): Customers => ({
  lock: (customer) => uses.customers.lockCustomer(customer),
});
