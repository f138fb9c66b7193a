import type { Now } from '#src/kernel/clock.js';
import type { ApiKeyId, NewId, UserId } from '#src/kernel/ids.js';
import type { Origin } from '#src/kernel/audit.js';
import type { Page, PageRequest } from '#src/kernel/page.js';
import type { Entry } from '../domain/entry.js';

export interface EntryFilter {
  readonly actor?: UserId | ApiKeyId;
  readonly action?: string;
  readonly subject?: string;
  /** At this time or later. */
  readonly from?: Date;
  /** Before this time. */
  readonly to?: Date;
}

/** Append-only: there is no way to change or to remove an entry. */
export interface EntryReader {
  /** The latest first. The position's key is the time in milliseconds since 1970. */
  list(filter: EntryFilter, page: PageRequest): Promise<Page<Entry>>;
}

export interface EntryRepository extends EntryReader {
  add(entry: Entry): Promise<void>;
}

/** The secret of each person and API key under which their addresses are hashed. Without it the hashes mean nothing. */
export interface SaltReader {
  find(person: string): Promise<string | null>;
}

export interface SaltRepository extends SaltReader {
  /** A person has one, from when their account is made, and an API key likewise; a second one is a bug. */
  add(actor: UserId | ApiKeyId, salt: string): Promise<void>;
  /** Nothing happens when there is none. */
  remove(person: UserId): Promise<void>;
}

/** Hashes network addresses: only the hash may be stored. */
export interface Addresses {
  newSalt(): string;
  hash(address: string, salt: string): string;
}

/**
 * Hashes of callers' addresses in a process without the salts. The process that passes on a request has the salts, and sends the
 * hash in place of the address.
 */
export interface AddressHashes {
  /** Returns the hash; null if the address is not hashed, because erasure does not reach the outbox, where the event is stored. */
  of(origin: Origin): string | null;
}

/** What the audit log works with inside a transaction of any context. */
export interface AuditPorts {
  readonly entries: EntryRepository;
  readonly salts: SaltRepository;
  readonly addresses: Addresses;
  readonly newId: NewId;
  readonly now: Now;
}
