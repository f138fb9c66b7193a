import { memoryKnownPlaceRepository } from '#src/contexts/accounts/adapters/memory/memory-known-place-repository.js';
import { memoryMailTokenRepository } from '#src/contexts/accounts/adapters/memory/memory-mail-token-repository.js';
import { memorySessionRepository } from '#src/contexts/accounts/adapters/memory/memory-session-repository.js';
import { memoryUserRepository } from '#src/contexts/accounts/adapters/memory/memory-user-repository.js';
import { memoryEntryRepository } from '#src/contexts/audit/adapters/memory/memory-entry-repository.js';
import { memorySaltRepository } from '#src/contexts/audit/adapters/memory/memory-salt-repository.js';
import { memoryCartRepository } from '#src/contexts/cart/adapters/memory/memory-cart-repository.js';
import { memoryCategoryRepository } from '#src/contexts/catalog/adapters/memory/memory-category-repository.js';
import { memoryProductRepository } from '#src/contexts/catalog/adapters/memory/memory-product-repository.js';
import { memoryStockRepository } from '#src/contexts/catalog/adapters/memory/memory-stock-repository.js';
import { memoryCustomerRepository } from '#src/contexts/customers/adapters/memory/memory-customer-repository.js';
import { memoryBulkCancellationRepository } from '#src/contexts/ordering/adapters/memory/memory-bulk-cancellation-repository.js';
import { memoryOrderRepository } from '#src/contexts/ordering/adapters/memory/memory-order-repository.js';
import { memoryReplies } from '#src/platform/idempotency/memory-replies.js';
import { memoryRateCounts } from '#src/platform/limits/memory-rate-counts.js';
import { memoryStore, type MemoryScope, type MemoryStoreOptions } from '#src/platform/memory/store.js';
import { memoryOutboxRepository } from '#src/platform/outbox/memory-outbox-repository.js';
import { persistence, type Persistence, type ReplaceRepositories, type Repositories } from './persistence.js';

const repositories = (scope: MemoryScope): Repositories => ({
  users: memoryUserRepository(scope),
  sessions: memorySessionRepository(scope),
  mailTokens: memoryMailTokenRepository(scope),
  knownPlaces: memoryKnownPlaceRepository(scope),
  customers: memoryCustomerRepository(scope),
  products: memoryProductRepository(scope),
  stock: memoryStockRepository(scope),
  categories: memoryCategoryRepository(scope),
  carts: memoryCartRepository(scope),
  orders: memoryOrderRepository(scope),
  bulkCancellations: memoryBulkCancellationRepository(scope),
  auditEntries: memoryEntryRepository(scope),
  auditSalts: memorySaltRepository(scope),
  replies: memoryReplies(scope),
  outbox: memoryOutboxRepository(scope),
  rateCounts: memoryRateCounts(scope),
});

const nothingToDo = (): Promise<void> => Promise.resolve();

/** A shop that lives as long as its process. */
export const memoryPersistence = (
  options: MemoryStoreOptions = {},
  replace?: ReplaceRepositories,
): Persistence =>
  persistence(
    {
      ...memoryStore(options),
      prepare: () => Promise.resolve({ isNew: true }),
      check: () => Promise.resolve(null),
      rebuildKeys: () => Promise.resolve([]),
      // No other process can have stored any.
      swapSetting: () => Promise.resolve(null),
      close: nothingToDo,
    },
    repositories,
    replace,
  );
