import { memoryIdempotencyStore } from '#src/platform/idempotency/memory-idempotency-store.js';
import { memoryInbox } from '#src/platform/inbox/memory-inbox.js';
import { memoryRateCounts } from '#src/platform/limits/memory-rate-counts.js';
import { memoryStore, type MemoryScope, type MemoryStoreOptions } from '#src/platform/memory/store.js';
import { memoryOutboxRepository } from '#src/platform/outbox/memory-outbox-repository.js';
import { memoryPeople } from '#src/platform/people/memory-people.js';
import { CONTEXT_NAMES, repositoryMakers } from '../contexts.js';
import { persistence, type Makers, type Persistence, type ReplaceRepositories } from './persistence.js';

const MAKERS: Makers<MemoryScope> = {
  ...repositoryMakers(CONTEXT_NAMES, 'memory'),
  idempotency: memoryIdempotencyStore,
  outbox: memoryOutboxRepository,
  inbox: memoryInbox,
  people: memoryPeople,
  rateCounts: memoryRateCounts,
};

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
    MAKERS,
    replace,
  );
