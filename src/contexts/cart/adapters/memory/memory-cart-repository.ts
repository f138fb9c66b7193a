import { failWrite } from '../../../../kernel/errors.js';
import type { MemoryScope } from '../../../../platform/memory/store.js';
import { memoryTable } from '../../../../platform/memory/table.js';
import type { CartRepository } from '../../application/ports.js';
import { Cart } from '../../domain/cart.js';

const cartTable = memoryTable<Cart>({ name: 'carts', key: ({ customerId }) => customerId });

export const memoryCartRepository = (scope: MemoryScope): CartRepository => {
  const carts = scope.table(cartTable);
  return {
    find: (customerId) => carts.find(customerId),

    lock: async (customerId) => {
      const stored = await carts.lock(customerId);
      if (stored !== null) return stored;
      const made = Cart.empty(customerId);
      await carts.insert(made, { carts_primary: () => failWrite('stale_write') });
      return made;
    },

    update: async (cart) => {
      const { customerId, version } = cart;
      const touched = await carts.update(customerId, (current) =>
        current.version === version ? { ...cart, version: version + 1 } : null,
      );
      if (touched === 0) throw failWrite('stale_write');
    },

    remove: async (customerId) => {
      await carts.delete(customerId);
    },
  };
};
