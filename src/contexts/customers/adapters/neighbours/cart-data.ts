import { exportCart, type CartRepository } from '#src/contexts/cart/public.js';
import type { PersonalData } from '../../application/ports.js';

export const cartData = (ports: { readonly carts: CartRepository }): PersonalData => ({
  of: async (customer) => {
    const lines = await exportCart(ports)(customer);
    return { cart: { items: lines.map(({ productId, quantity }) => ({ productId, quantity })) } };
  },
});
