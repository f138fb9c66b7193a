import type { Actor } from '#src/kernel/actor.js';
import type { AuditLog } from '#src/kernel/audit.js';
import type { Now } from '#src/kernel/clock.js';
import type { Events } from '#src/kernel/events.js';
import type { UserId } from '#src/kernel/ids.js';
import type { Erasure } from '#src/kernel/personal-data.js';
import type { ErasureEvent } from '../domain/events.js';

/** A member of the exported document. One context provides it. */
export interface PersonalDataMember {
  readonly name: string;
  /** Fails with `user_not_found` or `customer_not_found`. */
  export(person: UserId): Promise<object>;
}

/** A list of the exported document. One context provides it. */
export interface PersonalDataList {
  readonly name: string;
  /** Reads each page when it is asked for, and holds nothing in between. */
  pages(person: UserId): AsyncIterable<readonly object[]>;
}

/** What privacy needs of the customers. Every person has a profile. */
export interface Profiles {
  /** Fails with `customer_not_found`. */
  versionOf(person: UserId): Promise<number>;
}

/** The replies to a person's requests that are stored for retries. */
export interface Requests {
  /** Removes at most `limit` replies; returns how many it removed. */
  forget(person: UserId, limit: number): Promise<number>;
}

/** What queries of privacy read, outside of any transaction: however slowly it is read, no other request waits for it. */
export interface PrivacyReaders {
  readonly profiles: Profiles;
}

/** What a transaction of privacy works with. */
export interface PrivacyPorts {
  readonly profiles: Profiles;
  /** Fails with `recent_login_required`. */
  readonly requireRecentLogIn: (actor: Actor) => void;
  /** Of every context, in the order of the contexts. */
  readonly members: readonly PersonalDataMember[];
  /**
   * Each context's part of an erasure, in the order of the contexts, which is that of locks: accounts, customers, cart,
   * orders. Fails with `last_admin` or `open_orders`.
   */
  readonly erasers: readonly ((erasure: Erasure) => Promise<void>)[];
  readonly requests: Requests;
  readonly events: Events<ErasureEvent>;
  readonly audit: AuditLog;
  readonly now: Now;
}
