import { failWrite } from '#src/kernel/errors.js';
import type { CustomerId } from '#src/kernel/ids.js';
import type { MemoryScope } from '#src/platform/memory/store.js';
import { memoryTable } from '#src/platform/memory/table.js';
import type { CartRepository } from '../../application/ports.js';
import type { Cart } from '../../domain/cart.js';

/** A row is a cart with its lines. */
export const cartTable = memoryTable<Cart>({ name: 'carts', key: ({ customerId }) => customerId });

export const memoryCartRepository = (scope: MemoryScope): CartRepository => {
  const carts = scope.table(cartTable);
  const raise = (customerId: CustomerId): Promise<number> =>
    carts.update(customerId, (cart) => ({ ...cart, version: cart.version + 1 }));
  const lock = async (customerId: CustomerId): Promise<Cart | null> => {
    const raised = (await raise(customerId)) === 0 ? null : await carts.find(customerId);
    return raised && { ...raised, version: raised.version - 1 };
  };
  return {
    find: (customerId) => carts.find(customerId),

    lock,

    empty: async (customerId) => {
      const locked = await lock(customerId);
      if (locked !== null) await carts.update(customerId, (cart) => ({ ...cart, lines: [] }));
      return locked?.lines ?? [];
    },

    add: (cart) => carts.insert(cart, { carts_pkey: () => failWrite('stale_write') }),

    update: async (cart) => {
      const touched = await carts.update(cart.customerId, ({ version }) =>
        version === cart.version ? cart : null,
      );
      if (touched === 0) throw failWrite('stale_write');
    },

    remove: async (customerId) => {
      await carts.delete(customerId);
    },
  };
};
