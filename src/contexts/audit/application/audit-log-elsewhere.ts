import type { AuditLog, Origin } from '#src/kernel/audit.js';
import type { Now } from '#src/kernel/clock.js';
import type { Events } from '#src/kernel/events.js';
import type { NewId } from '#src/kernel/ids.js';
import type { EntryId } from '../domain/entry.js';
import { entryRecorded, type AuditEntryEvent } from '../domain/events.js';
import { actorOf, THE_SHOP } from './audit-log.js';
import type { AddressHashes } from './ports.js';

/** What records events in a process that does not hold the audit log. */
export interface ElsewherePorts {
  readonly events: Events<AuditEntryEvent>;
  readonly addressHashes: AddressHashes;
  readonly newId: NewId;
  readonly now: Now;
}

/** Step: appends entries as events, from which the process with the audit log stores them. */
export const auditLogElsewhere = (ports: ElsewherePorts, origin: Origin = THE_SHOP): AuditLog => ({
  record: async ({ action, subject, actor }) => {
    const { events, addressHashes, newId, now } = ports;
    // The hash is made under the salt of the caller, and means nothing with another actor.
    const addressHash = actor === undefined || actor === origin.actor ? addressHashes.of(origin) : null;
    const who = actorOf(origin, actor);
    const entry = { id: newId<EntryId>(), at: now(), ...who, action, subjectId: subject, addressHash };
    await events.append(entryRecorded(entry));
  },
  from: (other) => auditLogElsewhere(ports, other),
});
