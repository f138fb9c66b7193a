import { followChanges, type RecordedChanges } from '#src/platform/reply-cache/followed-changes.js';
import {
  replyCache,
  type ReadyReply,
  type ReplyCache,
  type ReplyCacheStats,
} from '#src/platform/reply-cache/reply-cache.js';
import { taggedCache, type Tags } from '#src/platform/reply-cache/tagged-cache.js';

export interface CatalogCacheOptions {
  /** The changes that other processes record too; null if there is one process only. */
  readonly changes: RecordedChanges | null;
  /** How much older than its request a reply may be, in milliseconds. */
  readonly maxStaleMs: number;
  readonly maxBytes: number;
  /** Called with the first of the failures in a row to read the changes. */
  readonly onFailure: (error: unknown) => void;
  /** Returns the milliseconds of a monotonic clock. */
  readonly clock?: () => number;
  /** Returns the milliseconds since 1970. */
  readonly wallClock?: () => number;
}

/** The cached replies of the catalogue, and what outdates them. */
export interface CatalogCache {
  readonly replies: ReplyCache;
  /** Outdates what shows these tags: called after the COMMIT of this process, and before its reply is sent. */
  readonly changed: (tags: Tags) => void;
  /** Takes recorded changes as applied. */
  readonly applied: (ids: readonly string[]) => void;
  readonly stats: () => ReplyCacheStats;
}

/** Maximum age of a reply in milliseconds: bounds how long a change that is not recorded, such as one by hand in the database, is missed. */
const MAX_AGE_MS = 60_000;

export const catalogCache = ({
  changes,
  maxStaleMs,
  maxBytes,
  onFailure,
  clock = () => performance.now(),
  wallClock = () => Date.now(),
}: CatalogCacheOptions): CatalogCache => {
  const cache = taggedCache<ReadyReply>({ maxBytes, maxAgeMs: MAX_AGE_MS, clock });
  const follower =
    changes &&
    followChanges({
      changes,
      apply: cache.changed,
      applyAll: cache.clear,
      onFailure,
      forgetAfterMs: MAX_AGE_MS,
      clock,
      wallClock,
    });
  const replies = replyCache({ cache, follower, maxStaleMs });
  return {
    replies,
    changed: cache.changed,
    applied: (ids) => follower?.applied(ids),
    stats: replies.stats,
  };
};
