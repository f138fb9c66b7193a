import type { Brand } from '#src/kernel/brand.js';
import type { ActorType } from '#src/kernel/audit.js';
import type { ApiKeyId, UserId } from '#src/kernel/ids.js';

export type EntryId = Brand<string, 'AuditEntryId'>;

/**
 * Record of who did what to which resource, when and from where. It is written once and never changed. Its ids alone identify no
 * person.
 */
export interface Entry {
  readonly id: EntryId;
  readonly at: Date;
  /** Null for a caller who was not logged in, and for the command line. */
  readonly actorId: UserId | ApiKeyId | null;
  /** Null without an actor. */
  readonly actorType: ActorType | null;
  /** The kind of the subject and the action. */
  readonly action: string;
  readonly subjectId: string | null;
  /** Equal for equal addresses of one person, and different for all others; null if the person or the address is unknown. */
  readonly addressHash: string | null;
}
