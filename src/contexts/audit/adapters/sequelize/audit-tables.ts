import type { UserId } from '#src/kernel/ids.js';
import { code, instant, nullable, primaryKey, text, uuid } from '#src/platform/database/columns.js';
import { defineTable, defineTables } from '#src/platform/database/tables.js';
import type { EntryId } from '../../domain/entry.js';

export const auditTables = defineTables((db) => ({
  entries: defineTable(db, 'audit_entries', {
    id: primaryKey(uuid<EntryId>()),
    at: instant(),
    actorId: nullable(uuid<UserId>()),
    action: text(64),
    subjectId: nullable(uuid()),
    addressHash: nullable(code(64)),
  }),
  salts: defineTable(db, 'audit_salts', {
    personId: primaryKey(uuid()),
    salt: code(64),
  }),
}));
