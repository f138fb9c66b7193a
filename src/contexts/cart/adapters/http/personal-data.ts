import { EXAMPLE_ORDER, EXAMPLE_PRODUCT } from '#src/kernel/examples.js';
import { quantity } from '#src/platform/http/routes/schemas.js';
import { exportedMember } from '#src/platform/personal-data.js';
import { array, object, uuid } from '#src/platform/schema/schema.js';
import type { CartPorts } from '../../application/ports.js';

const itemBody = object(
  'ExportedCartItem',
  {
    productId: uuid().description('Id of the product').example(EXAMPLE_PRODUCT.id),
    quantity: quantity().description('Number of units').example(EXAMPLE_ORDER.quantity),
  },
  { description: 'A line of the cart in an export' },
);

const cartBody = object(
  'ExportedCart',
  {
    items: array(itemBody).description('In the order in which they were added'),
  },
  { description: 'The cart in an export' },
);

/** The cart, as a member of the exported document. */
export const cartMember = exportedMember({
  name: 'cart',
  description: 'My cart',
  body: cartBody,
  export:
    ({ carts }: Pick<CartPorts, 'carts'>) =>
    async (person) => {
      const lines = (await carts.find(person))?.lines ?? [];
      return { items: lines.map(({ productId, quantity }) => ({ productId, quantity })) };
    },
});
