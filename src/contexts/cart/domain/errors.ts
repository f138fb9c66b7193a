import { errorCatalogue } from '#src/kernel/errors.js';
import { MAX_LINES, MAX_QUANTITY } from './limits.js';

export const fail = errorCatalogue({
  cart_line_not_found: ['not_found', 'The product is not in the cart.'],
  product_not_found: ['not_found', 'The product does not exist.'],
  cart_full: [
    'conflict',
    `The cart already holds the maximum of ${String(MAX_LINES)} products.`,
    { limit: { type: 'integer', description: 'Maximum number of different products', example: MAX_LINES } },
  ],
  line_quantity_exceeded: [
    'conflict',
    `The cart can hold at most ${String(MAX_QUANTITY)} of one product.`,
    {
      limit: {
        type: 'integer',
        description: 'Maximum number of units of one product',
        example: MAX_QUANTITY,
      },
    },
  ],
});
