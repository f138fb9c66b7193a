/** The count of one key, until its window ends. */
export interface RateCount {
  readonly points: number;
  readonly endsAt: Date;
}

/** Counts in the database, for processes that share no other store. */
export interface RateCounts {
  /**
   * Adds to the count of a key, or starts one that ends at `endsAt` if none is running at `at`. Fails with `stale_write` if a
   * concurrent transaction starts it, so that the next attempt adds to that one's.
   */
  add(id: string, points: number, at: Date, endsAt: Date): Promise<RateCount>;
  /** Returns the count of a key that is running at `at`. */
  find(id: string, at: Date): Promise<RateCount | null>;
  /** Removes the count of a key, if there is one. */
  remove(id: string): Promise<void>;
  /** Removes at most `limit` counts that ended before that time; returns the number of removed counts. */
  purge(before: Date, limit: number): Promise<number>;
}

/** The ports of a transaction that counts. */
export interface WithRateCounts {
  readonly rateCounts: RateCounts;
}
