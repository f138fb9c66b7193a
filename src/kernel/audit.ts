import type { Brand } from './brand.js';
import type { UserId } from './ids.js';

/** Who asks for something and from where, as far as that is known. */
export interface Origin {
  readonly actor: UserId | null;
  /** A network address. */
  readonly address: string | null;
}

/** Something that was done, named in the past tense. */
export interface AuditEvent {
  /** The kind of its subject, and what was done to it: `product.changed`. */
  readonly action: `${string}.${string}`;
  /** Id of the affected resource; null if it is unknown. */
  readonly subject: Brand<string, string> | null;
  /** Who did it, where only the work itself knows: a log-in. By default the caller. */
  readonly actor?: UserId;
}

/** Records who did what to whom. An event commits with what was done, or not at all. */
export interface AuditLog {
  /** Called by commands, never by steps: only the log of a command knows where its request came from. */
  record(event: AuditEvent): Promise<void>;
  /** Returns the same log for the requests of that origin. Without an origin, the shop or its operator acts. */
  from(origin: Origin): AuditLog;
}

/** What the transactions of every context work with besides its own ports. */
export interface WithAudit {
  readonly audit: AuditLog;
}
