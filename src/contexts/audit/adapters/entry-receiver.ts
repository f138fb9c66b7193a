import type { Receiver } from '#src/platform/inbox/receiver.js';
import type { AuditPorts } from '../application/ports.js';
import { entryIn, type AuditEntryEvent } from '../domain/events.js';

/** Stores the entries that were recorded in other processes, as they were recorded there. */
export const entryReceiver: Receiver<Pick<AuditPorts, 'entries'>, AuditEntryEvent> = {
  name: 'audit.entries',
  types: ['audit_entry.recorded'],
  handle: (event, { entries }) => entries.add(entryIn(event)),
};
