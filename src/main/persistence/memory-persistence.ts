import { memoryKnownPlaceRepository } from '../../contexts/accounts/adapters/memory/memory-known-place-repository.js';
import { memoryMailTokenRepository } from '../../contexts/accounts/adapters/memory/memory-mail-token-repository.js';
import { memorySessionRepository } from '../../contexts/accounts/adapters/memory/memory-session-repository.js';
import { memoryUserRepository } from '../../contexts/accounts/adapters/memory/memory-user-repository.js';
import { memoryEntryRepository } from '../../contexts/audit/adapters/memory/memory-entry-repository.js';
import { memorySaltRepository } from '../../contexts/audit/adapters/memory/memory-salt-repository.js';
import { memoryCartRepository } from '../../contexts/cart/adapters/memory/memory-cart-repository.js';
import { memoryCategoryRepository } from '../../contexts/catalog/adapters/memory/memory-category-repository.js';
import { memoryProductRepository } from '../../contexts/catalog/adapters/memory/memory-product-repository.js';
import { memoryStockRepository } from '../../contexts/catalog/adapters/memory/memory-stock-repository.js';
import { memoryCustomerRepository } from '../../contexts/customers/adapters/memory/memory-customer-repository.js';
import { memoryBulkCancellationRepository } from '../../contexts/ordering/adapters/memory/memory-bulk-cancellation-repository.js';
import { memoryOrderRepository } from '../../contexts/ordering/adapters/memory/memory-order-repository.js';
import { memoryReplies } from '../../platform/idempotency/memory-replies.js';
import { memoryRateCounts } from '../../platform/limits/memory-rate-counts.js';
import { memoryStore, type MemoryScope, type MemoryStoreOptions } from '../../platform/memory/store.js';
import { memoryOutboxRepository } from '../../platform/outbox/memory-outbox-repository.js';
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
