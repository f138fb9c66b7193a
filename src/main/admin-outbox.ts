import type { Brand } from '#src/kernel/brand.js';
import type { TriedEvent } from '#src/platform/outbox/outbox.js';
import type { Parts } from './parts.js';

type EventId = Brand<string, 'EventId'>;

const LISTED = 1000;

const line = ({ id, type, aggregateId, version, occurredAt, tries }: TriedEvent): string =>
  [id, occurredAt.toISOString(), type, aggregateId, `version ${version}`, `${tries} tries`].join('  ');

/** The events that were set aside after their tries, the oldest first, one a line. */
export const listParked = async ({ persistence }: Pick<Parts, 'persistence'>): Promise<string> => {
  const parked = await persistence.outside.outbox.parked(LISTED);
  if (parked.length === 0) return 'no event is parked';
  return parked.map(line).join('\n');
};

/** Has a parked event delivered again, and what waits behind it; the running shop does so at its next look. */
export const requeueParked = async (
  { operatingTransact }: Pick<Parts, 'operatingTransact'>,
  id: string,
): Promise<string> => {
  const requeued = await operatingTransact(async ({ outbox, audit }) => {
    const found = await outbox.requeue(id);
    if (found > 0) await audit.record({ action: 'event.requeued', subject: id as EventId });
    return found;
  });
  if (requeued === 0) throw new Error(`there is no parked event ${id}`);
  return `${id} will be delivered again`;
};
