import { errorCatalogue } from '#src/kernel/errors.js';

export const fail = errorCatalogue({
  cart_line_not_found: ['not_found', 'That product is not in the cart.'],
  product_not_found: ['not_found', 'There is no such product.'],
  cart_full: ['conflict', 'No more different products fit into the cart.'],
  line_quantity_exceeded: ['conflict', 'No more of that product fit into the cart.'],
});
