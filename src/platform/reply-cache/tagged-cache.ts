import { LRUCache } from 'lru-cache';

/** What a stored value shows, such as the ids of products: a change of one of its tags makes it outdated. */
export type Tags = readonly string[];

export interface Stored<Value> {
  readonly value: Value;
  /** When the reading of its data began, in milliseconds of the clock. */
  readonly readAt: number;
}

/** The moment in which the reading of data begins: what is changed from then on may be missing in them. */
export interface Moment {
  readonly at: number;
  readonly generation: number;
}

export interface TaggedCacheOptions {
  readonly maxBytes: number;
  /** Milliseconds after which a value is read again, whatever is known of changes. */
  readonly maxAgeMs: number;
  /** Returns the milliseconds of a monotonic clock. */
  readonly clock: () => number;
  /** Maximum number of changed tags that are remembered; more of them empty the cache. */
  readonly maxChanges?: number;
}

export interface TaggedCache<Value> {
  readonly bytes: () => number;
  now(): Moment;
  /** Returns whether nothing has changed since. */
  isSame(moment: Moment): boolean;
  get(key: string): Stored<Value> | undefined;
  /** Stores a value whose data were read from that moment on, unless a tag of it has changed since. */
  set(key: string, value: Value, stored: { since: Moment; tags: Tags; bytes: number }): void;
  readonly changed: (tags: Tags) => void;
  readonly clear: () => void;
}

interface Entry<Value> extends Stored<Value> {
  readonly tags: Tags;
  readonly since: Moment;
  /** The generation in which it was last found to be valid. */
  checked: number;
}

/** An entry may take up this part of the cache at most: a few large ones must not evict all others. */
const LARGEST_PART = 1 / 16;

/**
 * A cache whose values are outdated by changes of their tags. Changes are counted by generations, and a value is compared with
 * those since its data were read: so a change costs the same however many values it concerns, and one that happens while a value
 * is being read is noticed as well.
 */
export const taggedCache = <Value extends object>({
  maxBytes,
  maxAgeMs,
  clock,
  maxChanges = 20_000,
}: TaggedCacheOptions): TaggedCache<Value> => {
  const entries = new LRUCache<string, Entry<Value>>({
    maxSize: maxBytes,
    maxEntrySize: Math.floor(maxBytes * LARGEST_PART),
  });
  let generation = 0;
  /** What was read before is outdated. */
  let oldest = 0;
  /** The last change of each tag; the longest ago comes first. Older ones than the values can be are forgotten. */
  const changes = new Map<string, Moment>();

  const clear = (): void => {
    generation += 1;
    oldest = generation;
    entries.clear();
    changes.clear();
  };

  const forgetOldChanges = (now: number): void => {
    for (const [tag, { at }] of changes) {
      if (now - at < maxAgeMs) break;
      changes.delete(tag);
    }
    if (changes.size > maxChanges) clear();
  };

  const isValid = (entry: Entry<Value>): boolean => {
    if (clock() - entry.readAt >= maxAgeMs || entry.since.generation < oldest) return false;
    if (entry.checked === generation) return true;
    const { since, tags } = entry;
    if (tags.some((tag) => (changes.get(tag)?.generation ?? 0) > since.generation)) return false;
    entry.checked = generation;
    return true;
  };

  return {
    bytes: () => entries.calculatedSize,
    now: () => ({ at: clock(), generation }),
    isSame: (moment) => moment.generation === generation,
    get: (key) => {
      const entry = entries.get(key);
      if (entry === undefined || isValid(entry)) return entry;
      entries.delete(key);
      return undefined;
    },
    set: (key, value, { since, tags, bytes }) => {
      const entry = { value, tags, since, readAt: since.at, checked: since.generation };
      if (isValid(entry)) entries.set(key, entry, { size: bytes });
    },
    changed: (tags) => {
      const change = { at: clock(), generation: (generation += 1) };
      for (const tag of tags) {
        changes.delete(tag);
        changes.set(tag, change);
      }
      forgetOldChanges(change.at);
    },
    clear,
  };
};
