import { errorCatalogue } from '../../kernel/errors.js';

/** A request that carried an Idempotency-Key (draft-ietf-httpapi-idempotency-key-header-07). */
export interface RequestKey {
  /** SHA-256, in hexadecimal, of the key within its scope: its caller and the operation. */
  readonly id: string;
  /** Whose request it is: with the caller, what is kept of their requests is erased. */
  readonly caller: string;
  /** SHA-256, in hexadecimal, of all that the request asks for. */
  readonly fingerprint: string;
  readonly at: Date;
}

/** The answer of a request that has succeeded. */
export interface KeptReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Plain JSON; undefined when the answer has no body. */
  readonly body?: unknown;
}

/** How long a key keeps its answer, in milliseconds. */
export const KEPT_FOR_MS = 24 * 60 * 60 * 1000;

export const failReplay = errorCatalogue({
  invalid_idempotency_key: [
    'malformed',
    'The Idempotency-Key must be 1 to 255 visible ASCII characters, bare or as a quoted string.',
  ],
  request_in_progress: ['conflict', 'A request with this Idempotency-Key is still running.'],
  idempotency_key_reused: [
    'invalid',
    'This Idempotency-Key belongs to a request that asked for something else.',
  ],
});

/**
 * The answers of requests that carried a key. They commit with what the request did, so that there is never one without
 * the other; a refusal rolls the claim back, and the key may be tried again.
 */
export interface Replies {
  /**
   * Takes the key for this transaction, as its first statement: whoever claims it at the same time waits until the
   * transaction ends. Fails with `stale_write` when the key is taken, so that running again finds its answer, and with
   * `request_in_progress` when the wait takes too long.
   */
  claim(key: RequestKey): Promise<void>;
  /**
   * The answer of an earlier request, or null when there is none: an answer older than `KEPT_FOR_MS` is removed. Fails
   * with `idempotency_key_reused` when that request asked for something else.
   */
  find(key: RequestKey): Promise<KeptReply | null>;
  /** Stores the answer of a claimed key, and whom or what it is about. */
  keep(key: RequestKey, reply: KeptReply, subject: string | null): Promise<void>;
  /** Removes all that is kept of a person's requests, and the answers to others that are about them. */
  forget(person: string): Promise<void>;
  /** Removes at most `limit` answers to requests from before that time; answers with how many it removed. */
  purge(before: Date, limit: number): Promise<number>;
}

/** What the transactions of every context work with besides its own ports. */
export interface WithReplies {
  readonly replies: Replies;
}

/** A kept answer as it is stored. */
export interface ReplyRow {
  readonly id: string;
  readonly caller: string;
  readonly fingerprint: string;
  /** JSON; null until the transaction that has claimed the key is about to commit. */
  readonly reply: string | null;
  /** The id of whom or what the answer is about, if that may be another person than the caller. */
  readonly subject: string | null;
  readonly createdAt: Date;
}

export const claimed = ({ id, caller, fingerprint, at }: RequestKey): ReplyRow => ({
  id,
  caller,
  fingerprint,
  reply: null,
  subject: null,
  createdAt: at,
});

export const hasExpired = ({ createdAt }: ReplyRow, { at }: RequestKey): boolean =>
  createdAt.getTime() <= at.getTime() - KEPT_FOR_MS;

/** What a stored row answers to the request. */
export const replyIn = ({ fingerprint, reply }: ReplyRow, key: RequestKey): KeptReply => {
  if (fingerprint !== key.fingerprint) throw failReplay('idempotency_key_reused');
  if (reply === null) throw new Error('a key was committed without its answer');
  return JSON.parse(reply) as KeptReply;
};
