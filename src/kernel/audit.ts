import type { Brand } from './brand.js';
import type { ApiKeyId, UserId } from './ids.js';

export type ActorType = 'user' | 'api_key';

/** The caller and their address, as far as they are known. */
export interface Origin {
  readonly actor: UserId | ApiKeyId | null;
  /** Kind of the actor; a user by default. */
  readonly actorType?: ActorType;
  /** A network address. */
  readonly address: string | null;
}

/** An action that was carried out, named in the past tense. */
export interface AuditEvent {
  /** The kind of the subject and the action: `product.changed`. */
  readonly action: `${string}.${string}`;
  /** Id of the affected resource; null if it is unknown. */
  readonly subject: Brand<string, string> | null;
  /** The acting user, if only the work knows them, as in a log-in. By default the caller. */
  readonly actor?: UserId;
}

/** Records who did what to which resource. An event commits with the action, or not at all. */
export interface AuditLog {
  /** Called by commands, never by steps: only the log of a command knows where its request came from. */
  record(event: AuditEvent): Promise<void>;
  /** Returns the same log for requests of that origin. Without an origin, the actor is the shop or its operator. */
  from(origin: Origin): AuditLog;
}

/** Ports that every context's transactions have in addition to the context's own. */
export interface WithAudit {
  readonly audit: AuditLog;
}
