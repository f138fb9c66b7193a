import { exportedMember } from '#src/platform/personal-data.js';
import { array, integer, object, uuid } from '#src/platform/schema/schema.js';
import type { CartPorts } from '../../application/ports.js';

const cartBody = object('ExportedCart', {
  items: array(object('ExportedCartItem', { productId: uuid(), quantity: integer() })),
});

/** The cart, as a member of the exported document. */
export const cartMember = exportedMember({
  name: 'cart',
  body: cartBody,
  export:
    ({ carts }: Pick<CartPorts, 'carts'>) =>
    async (person) => {
      const lines = (await carts.find(person))?.lines ?? [];
      return { items: lines.map(({ productId, quantity }) => ({ productId, quantity })) };
    },
});
