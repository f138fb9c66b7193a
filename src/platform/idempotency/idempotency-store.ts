import type { DomainError } from '#src/kernel/errors.js';
import { errorCatalogue } from '#src/kernel/errors.js';
import { pack, unpack, type StoredReply } from './stored-reply.js';

/** A request that carried an Idempotency-Key (draft-ietf-httpapi-idempotency-key-header-07). */
export interface IdempotencyKey {
  /** SHA-256, in hexadecimal, of the key within its scope: its caller and the operation. */
  readonly id: string;
  /** Whose request it is: with the caller, what is kept of their requests is erased. */
  readonly caller: string;
  /** SHA-256, in hexadecimal, of all that the request asks for. */
  readonly fingerprint: string;
  readonly at: Date;
  /** The number of bytes that may be stored of the caller's answers. */
  readonly quota: number;
}

/** How long a key keeps its answer, in milliseconds. */
export const RETENTION_MS = 24 * 60 * 60 * 1000;

/** Size in bytes that a record counts besides its answer: a little more than it takes with its indexes on MariaDB. */
export const RECORD_BYTES = 1000;

export const failIdempotency = errorCatalogue({
  invalid_idempotency_key: [
    'malformed',
    'The Idempotency-Key must be 1 to 255 visible ASCII characters, bare or as a quoted string.',
  ],
  request_in_progress: ['conflict', 'A request with this Idempotency-Key is still running.'],
  idempotency_key_reused: [
    'invalid',
    'This Idempotency-Key was already used for a different request. Use a new key.',
  ],
  idempotency_quota_exceeded: [
    'limited',
    'The replies stored under your Idempotency-Keys of the last 24 hours have reached your quota. Nothing was ' +
      'done. Retry later, or send the request without a key.',
  ],
});

/** Returns the refusal of a request whose answer does not fit; its caller's oldest answer was given at that time. */
export const quotaExceeded = ({ at }: IdempotencyKey, oldest: Date | null): DomainError => {
  const expiresInMs = (oldest ?? at).getTime() + RETENTION_MS - at.getTime();
  // An answer that has expired counts until the next purge.
  const retryAfter = Math.max(60, Math.ceil(expiresInMs / 1000));
  return failIdempotency('idempotency_quota_exceeded', { 'violated-policies': ['idempotency'], retryAfter });
};

/**
 * The answers of requests that carried a key. They commit with what the request did, so that there is never one without
 * the other; a refusal rolls the claim back, and the key may be tried again. A caller's answers never take more than
 * `RequestKey.quota` bytes.
 */
export interface IdempotencyStore {
  /**
   * Takes the key for this transaction, as its first statement: whoever claims it at the same time waits until the
   * transaction ends. Fails with `stale_write` when the key is taken, so that running again finds its answer, with
   * `request_in_progress` when the wait takes too long, and with `idempotency_quota_exceeded` when the key is free but
   * not even the smallest answer fits.
   */
  claim(key: IdempotencyKey): Promise<void>;
  /**
   * What is kept of an earlier request, or null when there is none: an answer older than `KEPT_FOR_MS` is removed. Fails
   * with `idempotency_key_reused` when that request asked for something else.
   */
  find(key: IdempotencyKey): Promise<StoredReply | null>;
  /**
   * Stores the answer of a claimed key, and whom or what it is about; the last statement of a command, since it locks the
   * caller's count of bytes. Fails with `idempotency_quota_exceeded` when it does not fit.
   */
  complete(key: IdempotencyKey, kept: StoredReply, subject: string | null): Promise<void>;
  /**
   * Removes at most `limit` answers to a person's requests, and to requests of others that are about them; returns how many
   * it removed. 0 says that none is left.
   */
  forget(person: string, limit: number): Promise<number>;
  /** Removes at most `limit` answers to requests from before that time; answers with how many it removed. */
  purge(before: Date, limit: number): Promise<number>;
}

/** What the transactions of every context work with besides its own ports. */
export interface WithIdempotency {
  readonly idempotency: IdempotencyStore;
}

/** A kept answer as it is stored. */
export interface IdempotencyRow {
  readonly id: string;
  readonly caller: string;
  readonly fingerprint: string;
  /** See `pack`; null until the transaction that has claimed the key is about to commit. */
  readonly reply: string | null;
  /** The id of whom or what the answer is about, if that may be another person than the caller. */
  readonly subject: string | null;
  /** What the row counts in its caller's usage; null for none, as in rows of the release before. */
  readonly bytes: number | null;
  readonly createdAt: Date;
}

/** The sum of `bytes` of a caller's rows. */
export interface UsageRow {
  readonly caller: string;
  readonly bytes: number;
}

export const claimed = ({ id, caller, fingerprint, at }: IdempotencyKey): IdempotencyRow => ({
  id,
  caller,
  fingerprint,
  reply: null,
  subject: null,
  bytes: null,
  createdAt: at,
});

/** Returns the columns in which an answer is stored. */
export const answered = (
  kept: StoredReply,
  subject: string | null,
): Pick<IdempotencyRow, 'reply' | 'subject'> & { readonly bytes: number } => {
  const reply = pack(kept);
  return { reply, subject, bytes: RECORD_BYTES + Buffer.byteLength(reply) };
};

export const hasExpired = ({ createdAt }: IdempotencyRow, { at }: IdempotencyKey): boolean =>
  createdAt.getTime() <= at.getTime() - RETENTION_MS;

/** What a stored row answers to the request. */
export const replyIn = ({ fingerprint, reply }: IdempotencyRow, key: IdempotencyKey): StoredReply => {
  if (fingerprint !== key.fingerprint) throw failIdempotency('idempotency_key_reused');
  if (reply === null) throw new Error('a key was committed without its answer');
  return unpack(reply);
};

/** Returns the bytes that removed rows no longer take, by caller, in the order of the callers. */
export const bytesByCaller = (
  rows: readonly Pick<IdempotencyRow, 'caller' | 'bytes'>[],
): readonly (readonly [caller: string, bytes: number])[] => {
  const sums = new Map<string, number>();
  for (const { caller, bytes } of rows) sums.set(caller, (sums.get(caller) ?? 0) + (bytes ?? 0));
  return [...sums].filter(([, bytes]) => bytes > 0).sort(([a], [b]) => (a < b ? -1 : 1));
};
