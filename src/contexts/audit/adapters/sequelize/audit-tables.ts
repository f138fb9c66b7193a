import type { ActorType } from '#src/kernel/audit.js';
import type { ApiKeyId, UserId } from '#src/kernel/ids.js';
import { code, instant, nullable, primaryKey, text, uuid } from '#src/platform/database/columns.js';
import { defineTable, defineTables, type RowIn } from '#src/platform/database/tables.js';
import type { EntryId } from '../../domain/entry.js';

export const auditTables = defineTables((db) => ({
  entries: defineTable(db, 'audit_entries', {
    id: primaryKey(uuid<EntryId>()),
    at: instant(),
    actorId: nullable(uuid<UserId | ApiKeyId>()),
    /** Null without an actor, and in entries of users that are older than the column. */
    actorType: nullable(text<ActorType>(16)),
    action: text(64),
    subjectId: nullable(uuid()),
    addressHash: nullable(code(64)),
  }),
  salts: defineTable(db, 'audit_salts', {
    personId: primaryKey(uuid()),
    salt: code(64),
  }),
}));

export type EntryRow = RowIn<ReturnType<typeof auditTables>['entries']>;
