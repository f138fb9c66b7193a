import type { Brand } from './brand.js';
import type { UserId } from './ids.js';

/** Who asks for something and from where, as far as that is known. */
export interface Origin {
  readonly actor: UserId | null;
  /** A network address. */
  readonly address: string | null;
}

/** Something that was done, told in the past tense. */
export interface Deed {
  /** The kind of its subject, and what was done to it: `product.changed`. */
  readonly action: `${string}.${string}`;
  /** What it was done to; null when that is nothing that the shop knows. */
  readonly subject: Brand<string, string> | null;
  /** Who did it, where the doing shows it: a log-in. Whoever asks unless told. */
  readonly actor?: UserId;
}

/** Where a transaction tells who did what to whom. What it tells commits with what it did, or not at all. */
export interface AuditTrail {
  /** Told by commands, never by steps: only a command's trail knows where its request came from. */
  record(deed: Deed): Promise<void>;
  /** The same trail for what somebody asks for. Without it, it is the shop that acts, or who runs it. */
  from(origin: Origin): AuditTrail;
}

/** What the transactions of every context work with besides its own ports. */
export interface WithAudit {
  readonly audit: AuditTrail;
}
