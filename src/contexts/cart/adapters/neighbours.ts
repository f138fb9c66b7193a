import type { CatalogQueryOffers } from '#src/contexts/catalog/public.js';
import type { CustomersOffers } from '#src/contexts/customers/public.js';
import type { Customers, Products } from '../application/ports.js';

/** The catalogue's products as the cart shows them. */
export const catalogProducts = ({ summariseProducts }: CatalogQueryOffers): Products => ({
  describe: async (ids) => {
    const summaries = await summariseProducts(ids);
    return summaries.map(({ deleted, ...product }) => ({ ...product, gone: deleted }));
  },
});

/** The customers, locked in the cart's own transaction. */
export const cartCustomers = ({ lockCustomer }: CustomersOffers): Customers => ({
  lock: (customer) => lockCustomer(customer),
});
