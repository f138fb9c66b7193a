/** What is counted under one key, until its window ends. */
export interface RateCount {
  readonly points: number;
  readonly endsAt: Date;
}

/** Counts in the database, for processes that share no other store. */
export interface RateCounts {
  /**
   * Adds to the count of a key, or begins one that ends at `endsAt` when there is none that goes on at `at`. Fails with
   * `stale_write` when a rival begins it at the same time, so that running again adds to the rival's.
   */
  add(id: string, points: number, at: Date, endsAt: Date): Promise<RateCount>;
  /** The count of a key that goes on at `at`. */
  find(id: string, at: Date): Promise<RateCount | null>;
  /** Removes the count of a key, if there is one. */
  remove(id: string): Promise<void>;
  /** Removes at most `limit` counts that have ended before that time; answers with how many it removed. */
  purge(before: Date, limit: number): Promise<number>;
}

/** The ports of a transaction that counts. */
export interface WithRateCounts {
  readonly rateCounts: RateCounts;
}
