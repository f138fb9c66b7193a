import type { Brand } from '#src/kernel/brand.js';
import type { UserId } from '#src/kernel/ids.js';

export type EntryId = Brand<string, 'AuditEntryId'>;

/** Who did what to whom, when and from where. It is written once and never changed. Its ids name nobody by themselves. */
export interface Entry {
  readonly id: EntryId;
  readonly at: Date;
  /** Null when nobody was logged in, or when it was done on the command line. */
  readonly actorId: UserId | null;
  /** The kind of the subject, and what was done to it. */
  readonly action: string;
  readonly subjectId: string | null;
  /** Equal for equal addresses of one person, and of nobody else; null when the person or the address is not known. */
  readonly addressHash: string | null;
}
