import type { Brand } from '#src/kernel/brand.js';
import type { DomainEvent } from '#src/kernel/events.js';
import type { ApiKeyId, UserId } from '#src/kernel/ids.js';
import type { Entry, EntryId } from './entry.js';

/** An entry that was recorded in a process without the audit log, on its way there. */
export type AuditEntryEvent = DomainEvent<
  'audit_entry.recorded',
  EntryId,
  {
    readonly action: Brand<string, 'AuditAction'>;
    readonly actor?: UserId | ApiKeyId;
    /** Absent if the actor is a user. */
    readonly actorType?: Brand<'api_key', 'ActorType'>;
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
  actorType,
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
    ...(actorType === 'api_key' && { actorType: actorType as never }),
    ...(subjectId !== null && { subject: subjectId as never }),
    ...(addressHash !== null && { addressHash: addressHash as never }),
  },
});

/** Returns the entry of an event. */
export const entryIn = ({ aggregateId, occurredAt, data }: AuditEntryEvent): Entry => ({
  id: aggregateId,
  at: occurredAt,
  actorId: data.actor ?? null,
  actorType: data.actor === undefined ? null : (data.actorType ?? 'user'),
  action: data.action,
  subjectId: data.subject ?? null,
  addressHash: data.addressHash ?? null,
});
