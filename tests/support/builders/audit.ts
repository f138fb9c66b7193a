import type { Entry, EntryId } from '#src/contexts/audit/domain/entry.js';
import type { UserId } from '#src/kernel/ids.js';
import { newId } from './ids.js';

export const anEntry = (fields: Partial<Entry> = {}): Entry => ({
  id: newId<EntryId>(),
  at: new Date('2026-03-01T12:00:00.000Z'),
  actorId: newId<UserId>(),
  actorType: 'user',
  action: 'product.changed',
  subjectId: newId(),
  addressHash: 'a'.repeat(64),
  ...fields,
});
