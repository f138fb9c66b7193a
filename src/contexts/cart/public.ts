// All that other contexts may know of the cart.
import { checkOut, putBack } from './application/check-out.js';
import type { CartPorts } from './application/ports.js';

/** Steps that join the transaction of another context. */
export const cartOffers = (ports: Pick<CartPorts, 'carts'>) => ({
  checkOut: checkOut(ports),
  putBack: putBack(ports),
});
export type CartOffers = ReturnType<typeof cartOffers>;
