import { discardCart, type CartRepository } from '#src/contexts/cart/public.js';
import type { Carts } from '../../application/ports.js';

export const customerCarts = (ports: { readonly carts: CartRepository }): Carts => ({
  discard: (customer) => discardCart(ports)(customer),
});
