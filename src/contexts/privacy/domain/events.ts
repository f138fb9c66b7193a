import type { EventsOf } from '#src/kernel/events.js';
import type { UserId } from '#src/kernel/ids.js';
import type { Erasure, ErasureId } from '#src/kernel/personal-data.js';

export type ErasureEvent = EventsOf<
  'erasure.started' | 'erasure.received',
  ErasureId,
  { readonly customerId: UserId }
>;

/** Returns the event of an erased person. Stored replies about them must be removed as well. */
export const erasureStarted = ({ id, person }: Pick<Erasure, 'id' | 'person'>, at: Date): ErasureEvent => ({
  type: 'erasure.started',
  aggregateId: id,
  version: 1,
  occurredAt: at,
  data: { customerId: person },
});

/** Returns the event of another process than that of the accounts, in which the person is erased now as well. */
export const erasureReceived = ({ id, person }: Pick<Erasure, 'id' | 'person'>, at: Date): ErasureEvent => ({
  type: 'erasure.received',
  aggregateId: id,
  version: 2,
  occurredAt: at,
  data: { customerId: person },
});
