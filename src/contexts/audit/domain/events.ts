import type { Brand } from '#src/kernel/brand.js';
import type { DomainEvent } from '#src/kernel/events.js';
import type { UserId } from '#src/kernel/ids.js';
import type { Entry, EntryId } from './entry.js';

/** An entry that was recorded in a process without the audit log, on its way there. */
export type AuditEntryEvent = DomainEvent<
  'audit_entry.recorded',
  EntryId,
  {
    readonly action: Brand<string, 'AuditAction'>;
    readonly actor?: UserId;
    readonly subject?: Brand<string, string>;
    readonly addressHash?: Brand<string, 'AddressHash'>;
  }
>;

/** Returns the event of an entry: its only one, so that no entry waits for another. */
export const entryRecorded = ({
  id,
  at,
  action,
  actorId,
  subjectId,
  addressHash,
}: Entry): AuditEntryEvent => ({
  type: 'audit_entry.recorded',
  aggregateId: id,
  version: 1,
  occurredAt: at,
  data: {
    action: action as never,
    ...(actorId !== null && { actor: actorId }),
    ...(subjectId !== null && { subject: subjectId as never }),
    ...(addressHash !== null && { addressHash: addressHash as never }),
  },
});

/** Returns the entry of an event. */
export const entryIn = ({ aggregateId, occurredAt, data }: AuditEntryEvent): Entry => ({
  id: aggregateId,
  at: occurredAt,
  actorId: data.actor ?? null,
  action: data.action,
  subjectId: data.subject ?? null,
  addressHash: data.addressHash ?? null,
});
