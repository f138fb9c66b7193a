import { summariseProducts, type ProductReader } from '#src/contexts/catalog/public.js';
import type { Products } from '../../application/ports.js';

/** The catalogue's products as the cart shows them. */
export const catalogProducts = (ports: { readonly products: ProductReader }): Products => ({
  describe: async (ids) => {
    const summaries = await summariseProducts(ports)(ids);
    return summaries.map(({ deleted, ...product }) => ({ ...product, gone: deleted }));
  },
});
