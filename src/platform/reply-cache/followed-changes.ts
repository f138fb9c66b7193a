import type { Tags } from './tagged-cache.js';

/** A change that some process has recorded and committed. */
export interface RecordedChange {
  /** A UUIDv7, which was generated in the transaction of the change. */
  readonly id: string;
  readonly tags: Tags;
}

/** Bounds of ids: UUIDs sort by the times at which they were generated. */
export interface ChangeRange {
  readonly from: string;
  /** Not before `from`. */
  readonly since: string;
  /** Maximum number of changes. */
  readonly limit: number;
}

export interface RecordedChanges {
  /**
   * Returns the committed changes whose ids are not below `since`, up to the limit, and the number of those from `from` to
   * `since`, from one snapshot.
   */
  list(
    range: ChangeRange,
  ): Promise<{ readonly changes: readonly RecordedChange[]; readonly earlier: number }>;
}

export interface Follower {
  /** Returns the time before which every change was applied, in milliseconds of the clock. */
  appliedUntil(): number;
  /** Reads and applies the changes since the last time. Resolves also if that fails; of several calls one reads. */
  look(): Promise<void>;
  /** Takes changes as applied: those of this process, which has applied them after their COMMIT. */
  applied(ids: readonly string[]): void;
}

export interface FollowerOptions {
  readonly changes: RecordedChanges;
  readonly apply: (tags: Tags) => void;
  /** Called when changes may have been missed. */
  readonly applyAll: () => void;
  readonly onFailure: (error: unknown) => void;
  /** Milliseconds without a look after which the changes since are not read one by one. */
  readonly forgetAfterMs: number;
  /** Returns the milliseconds of a monotonic clock. */
  readonly clock: () => number;
  /** Returns the milliseconds since 1970, as the ids have them. */
  readonly wallClock: () => number;
}

/**
 * Milliseconds from the generation of an id until other processes can see its change at the latest, by their clocks: the longest
 * transaction that changes something, a COMMIT, and the difference of the clocks.
 */
export const WINDOW_MS = 30_000;

/** Milliseconds of changes that are read again one by one; those that become visible later are noticed by their number. */
const REREAD_MS = 2_000;

/** Maximum number of changes that are read one by one; where there are more, following them costs more than it saves. */
const MAX_CHANGES = 50_000;

/** Returns the lowest UUIDv7 of a time in milliseconds since 1970. */
export const lowestId = (ms: number): string => {
  const time = Math.max(0, Math.floor(ms)).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-0000-0000-000000000000`;
};

/**
 * Follows what any process changes, by changes that are recorded with ids in the order of their generation. They become visible
 * in another order: a transaction that takes long commits an id that is lower than those that were read before. So each look
 * reads the last seconds again, one by one, and counts the changes of the time before, as far back as a transaction may reach. If
 * there are more of these than were seen, it reads all of them one by one.
 */
export const followChanges = ({
  changes,
  apply,
  applyAll,
  onFailure,
  forgetAfterMs,
  clock,
  wallClock,
}: FollowerOptions): Follower => {
  /** The changes of the window that were applied, or that were there when the following began. */
  const seen = new Set<string>();
  let last: { readonly began: number; readonly wall: number } | undefined;
  let looking: Promise<void> | undefined;

  const seenWithin = (from: string, since: string): number => {
    let count = 0;
    for (const id of seen) {
      if (id < from) seen.delete(id);
      else if (id < since) count += 1;
    }
    return count;
  };

  /** Takes what is there as known, and all that was read before as outdated. */
  const beginAnew = async (wall: number): Promise<void> => {
    last = undefined;
    const from = lowestId(wall - WINDOW_MS);
    const found = await changes.list({ from, since: from, limit: MAX_CHANGES });
    applyAll();
    if (found.changes.length >= MAX_CHANGES) throw new Error('too many changes to follow');
    for (const { id } of found.changes) seen.add(id);
  };

  /** Reads one by one what is at most `rereadMs` older than the last look. Returns whether every change was found. */
  const catchUp = async (lastWall: number, rereadMs: number): Promise<boolean> => {
    const [from, since] = [lowestId(lastWall - WINDOW_MS), lowestId(lastWall - rereadMs)];
    // Before the reading: what this process commits meanwhile may not be in the snapshot.
    const known = seenWithin(from, since);
    const found = await changes.list({ from, since, limit: MAX_CHANGES });
    const unseen = found.changes.filter(({ id }) => !seen.has(id));
    const tags = new Set(unseen.flatMap((change) => change.tags));
    if (tags.size > 0) apply([...tags]);
    for (const { id } of unseen) seen.add(id);
    return found.changes.length < MAX_CHANGES && found.earlier === known;
  };

  const follow = async (began: number, wall: number): Promise<void> => {
    if (last === undefined || began - last.began >= forgetAfterMs) return beginAnew(wall);
    const lastWall = Math.min(wall, last.wall);
    if (await catchUp(lastWall, REREAD_MS)) return;
    if (!(await catchUp(lastWall, WINDOW_MS))) await beginAnew(wall);
  };

  const lookOnce = async (): Promise<void> => {
    const [began, wall] = [clock(), wallClock()];
    try {
      await follow(began, wall);
      last = { began, wall };
    } catch (error) {
      onFailure(error);
    }
  };

  return {
    appliedUntil: () => last?.began ?? -Infinity,
    look: () =>
      (looking ??= lookOnce().finally(() => {
        looking = undefined;
      })),
    applied: (ids) => {
      for (const id of ids) seen.add(id);
    },
  };
};
