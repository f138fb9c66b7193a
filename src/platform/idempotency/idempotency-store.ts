import { errorCatalogue, type DomainError, type ErrorMembers } from '#src/kernel/errors.js';
import { pack, unpack, type ReplyReference, type StoredReply } from './stored-reply.js';

/** A request that carried an Idempotency-Key (draft-ietf-httpapi-idempotency-key-header-07). */
export interface IdempotencyKey {
  /** SHA-256, in hexadecimal, of the key within its scope: its caller and the operation. */
  readonly id: string;
  /** The caller of the request: erasing the caller's data erases the stored replies. */
  readonly caller: string;
  /** SHA-256, in hexadecimal, of everything that the request asks for. */
  readonly fingerprint: string;
  readonly at: Date;
  /** Maximum number of bytes that may be stored for the caller's replies. */
  readonly quota: number;
}

/** How long the reply to a key is stored, in milliseconds. */
export const RETENTION_MS = 24 * 60 * 60 * 1000;

/** Size in bytes that a record counts in addition to its reply: a little more than it takes with its indexes on MariaDB. */
export const RECORD_BYTES = 1000;

/** The member of a 429 that draft-ietf-httpapi-ratelimit-headers defines. */
export const VIOLATED_POLICIES = {
  'violated-policies': {
    type: 'array',
    items: { type: 'string' },
    description: 'Names of the exceeded limits, as in `RateLimit-Policy`',
    example: ['default'],
  },
} as const satisfies ErrorMembers;

export const failIdempotency = errorCatalogue({
  invalid_idempotency_key: [
    'malformed',
    'The Idempotency-Key must be 1 to 255 visible ASCII characters, bare or as a quoted string.',
  ],
  request_in_progress: [
    'conflict',
    'A request with this Idempotency-Key is still running. Try again in a moment.',
  ],
  idempotency_key_reused: [
    'invalid',
    'This Idempotency-Key was already used for a different request. Use a new key.',
  ],
  idempotency_quota_exceeded: [
    'limited',
    'The replies stored under your Idempotency-Keys of the last 24 hours have reached your quota. Nothing was ' +
      'done. Retry later, or send the request without a key.',
    {
      ...VIOLATED_POLICIES,
      retryAfter: {
        type: 'integer',
        description: 'Seconds until the oldest reply is deleted, as in `Retry-After`',
        example: 3600,
      },
    },
  ],
});

/** Returns the refusal of a request whose reply does not fit; `oldest` is the time of the caller's oldest reply. */
export const quotaExceeded = ({ at }: IdempotencyKey, oldest: Date | null): DomainError => {
  const expiresInMs = (oldest ?? at).getTime() + RETENTION_MS - at.getTime();
  // An expired reply counts until the next purge.
  const retryAfter = Math.max(60, Math.ceil(expiresInMs / 1000));
  return failIdempotency('idempotency_quota_exceeded', { 'violated-policies': ['idempotency'], retryAfter });
};

/**
 * The replies to requests that carried a key. They commit with what the request did, so that neither exists without the other; a
 * refusal rolls the claim back, and the key may be used again. A caller's replies never take more than `IdempotencyKey.quota`
 * bytes.
 */
export interface IdempotencyStore {
  /**
   * Claims the key for this transaction, as its first statement: a concurrent claim waits until the transaction ends. Fails with
   * `stale_write` if the key is taken, so that the next attempt finds its reply, with `request_in_progress` if the wait takes too
   * long, and with `idempotency_quota_exceeded` if the key is free but not even the smallest reply fits. A reply that is known by
   * then to be a reference is stored with the claim, and `complete` is not called: it fits unless the caller has as many records as
   * the quota has room for.
   */
  claim(key: IdempotencyKey, reference?: ReplyReference): Promise<void>;
  /**
   * Returns the stored reply to an earlier request, or null if there is none: a reply older than `RETENTION_MS` is removed. Fails
   * with `idempotency_key_reused` if that request asked for something else.
   */
  find(key: IdempotencyKey): Promise<StoredReply | null>;
  /**
   * Stores the reply to a claimed key, and the id of the person or thing that it is about; the last statement of a command, since
   * it locks the caller's count of bytes. Fails with `idempotency_quota_exceeded` if it does not fit.
   */
  complete(key: IdempotencyKey, kept: StoredReply, subject: string | null): Promise<void>;
  /**
   * Removes at most `limit` replies to a person's requests, and to others' requests about the person; returns the number of
   * removed replies. 0 means that none is left.
   */
  forget(person: string, limit: number): Promise<number>;
  /** Removes at most `limit` replies to requests from before that time; returns the number of removed replies. */
  purge(before: Date, limit: number): Promise<number>;
}

/** Ports that every context's transactions have in addition to the context's own. */
export interface WithIdempotency {
  readonly idempotency: IdempotencyStore;
}

/** A reply as it is stored. */
export interface IdempotencyRow {
  readonly id: string;
  readonly caller: string;
  readonly fingerprint: string;
  /** See `pack`; unless it is a reference, null until shortly before the transaction that has claimed the key commits. */
  readonly reply: string | null;
  /** The id of the person or thing that the reply is about, if that may be another person than the caller. */
  readonly subject: string | null;
  /** The row's share of its caller's usage; null for none, as of a reference. */
  readonly bytes: number | null;
  readonly createdAt: Date;
}

/** The sum of `bytes` of a caller's rows. */
export interface UsageRow {
  readonly caller: string;
  readonly bytes: number;
}

export const claimed = (
  { id, caller, fingerprint, at }: IdempotencyKey,
  reference?: ReplyReference,
): IdempotencyRow => ({
  id,
  caller,
  fingerprint,
  reply: reference === undefined ? null : pack(reference),
  subject: null,
  bytes: null,
  createdAt: at,
});

/** Returns the columns of a stored reply. */
export const answered = (
  kept: StoredReply,
  subject: string | null,
): Pick<IdempotencyRow, 'reply' | 'subject'> & { readonly bytes: number } => {
  const reply = pack(kept);
  return { reply, subject, bytes: RECORD_BYTES + Buffer.byteLength(reply) };
};

/** Returns the maximum number of a caller's records, at which no further reference is stored. */
export const mostRecords = ({ quota }: IdempotencyKey): number => Math.floor(quota / RECORD_BYTES);

export const hasExpired = ({ createdAt }: IdempotencyRow, { at }: IdempotencyKey): boolean =>
  createdAt.getTime() <= at.getTime() - RETENTION_MS;

/** Returns the reply of a stored row to the request. */
export const replyIn = ({ fingerprint, reply }: IdempotencyRow, key: IdempotencyKey): StoredReply => {
  if (fingerprint !== key.fingerprint) throw failIdempotency('idempotency_key_reused');
  if (reply === null) throw new Error('a key was committed without its answer');
  return unpack(reply);
};

/** Returns the bytes of removed rows, by caller, in the order of the callers. */
export const bytesByCaller = (
  rows: readonly Pick<IdempotencyRow, 'caller' | 'bytes'>[],
): readonly (readonly [caller: string, bytes: number])[] => {
  const sums = new Map<string, number>();
  for (const { caller, bytes } of rows) sums.set(caller, (sums.get(caller) ?? 0) + (bytes ?? 0));
  return [...sums].filter(([, bytes]) => bytes > 0).sort(([a], [b]) => (a < b ? -1 : 1));
};
