import { checkOut, type CartRepository } from '#src/contexts/cart/public.js';
import type { Carts } from '../../application/ports.js';

/** The customer's cart, emptied in the order's own transaction. */
export const cartCheckout = (ports: { readonly carts: CartRepository }): Carts => ({
  checkOut: checkOut(ports),
});
