import { memoryIdempotencyStore } from '#src/platform/idempotency/memory-idempotency-store.js';
import { memoryInbox } from '#src/platform/inbox/memory-inbox.js';
import { memoryRateCounts } from '#src/platform/limits/memory-rate-counts.js';
import { memoryStore, type MemoryScope, type MemoryStoreOptions } from '#src/platform/memory/store.js';
import { memoryOutboxRepository } from '#src/platform/outbox/memory-outbox-repository.js';
import { CONTEXT_NAMES, ownRepositories } from '../contexts.js';
import { persistence, type Persistence, type ReplaceRepositories, type Repositories } from './persistence.js';

const repositories = (scope: MemoryScope): Repositories => ({
  ...ownRepositories(CONTEXT_NAMES, ({ memory }) => memory(scope)),
  idempotency: memoryIdempotencyStore(scope),
  outbox: memoryOutboxRepository(scope),
  inbox: memoryInbox(scope),
  rateCounts: memoryRateCounts(scope),
});

const nothingToDo = (): Promise<void> => Promise.resolve();

/** Returns a store that lasts as long as its process. */
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
