import { pageOf } from '#src/kernel/page.js';
import { failIdempotency } from '#src/platform/idempotency/idempotency-store.js';
import { pageOfRows } from '#src/platform/memory/page.js';
import type { MemoryScope } from '#src/platform/memory/store.js';
import { memoryTable } from '#src/platform/memory/table.js';
import type { PlacementRepository } from '../../application/ports.js';
import type { Placement } from '../../domain/placement.js';

export const placementTable = memoryTable<Placement>({
  name: 'order_placements',
  key: ({ id }) => id,
  unique: { order_placements_keyId_unique: ({ keyId }) => keyId },
});

const TAKEN = { order_placements_keyId_unique: () => failIdempotency('request_in_progress') };

const expiry = ({ expiresAt }: Placement): number => expiresAt.getTime();

export const memoryPlacementRepository = (scope: MemoryScope): PlacementRepository => {
  const placements = scope.table(placementTable);
  return {
    listOverdue: async (expiredBefore, page) => {
      const overdue = await placements.all(({ expiresAt }) => expiresAt < expiredBefore);
      const rows = pageOfRows(overdue, { sort: expiry, id: ({ id }) => id, direction: 'asc', page });
      const { items, next } = pageOf(rows, page.limit, (row) => ({ key: expiry(row), id: row.id }));
      return { items: items.map(({ id }) => id), next };
    },
    add: (placement) => placements.insert(placement, TAKEN),
    take: async (id) => {
      const found = await placements.lock(id);
      if (found !== null) await placements.delete(id);
      return found;
    },
    countPlacements: async (customer, limit) =>
      Math.min(limit, (await placements.all(({ customerId }) => customerId === customer)).length),
    removeAll: async (customer) => {
      await placements.deleteWhere(({ customerId }) => customerId === customer);
    },
  };
};
