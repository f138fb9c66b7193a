import { failWrite } from '#src/kernel/errors.js';
import type { MemoryScope } from '#src/platform/memory/store.js';
import { memoryTable } from '#src/platform/memory/table.js';
import { updateVersion } from '#src/platform/memory/versions.js';
import type { CartRepository } from '../../application/ports.js';
import type { Cart } from '../../domain/cart.js';

/** A row is a cart with its lines. */
export const cartTable = memoryTable<Cart>({ name: 'carts', key: ({ customerId }) => customerId });

export const memoryCartRepository = (scope: MemoryScope): CartRepository => {
  const carts = scope.table(cartTable);
  return {
    find: (customerId) => carts.find(customerId),

    lock: (customerId) => carts.lock(customerId),

    add: (cart) => carts.insert(cart, { carts_pkey: () => failWrite('stale_write') }),

    update: ({ customerId, version, lines }) => updateVersion(carts, customerId, version, { lines }),

    remove: async (customerId) => {
      await carts.delete(customerId);
    },
  };
};
