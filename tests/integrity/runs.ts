const { INTEGRITY_SEED = '2017', INTEGRITY_RUNS = '1' } = process.env;

/**
 * How fast-check runs a property: the same cases every time, so that a failure is a change of the code. `INTEGRITY_RUNS=50`
 * tries 50 times as many, `INTEGRITY_SEED` others. A failure prints its seed and the path to its smallest case.
 */
export const runs = (numRuns: number): { readonly seed: number; readonly numRuns: number } => ({
  seed: Number(INTEGRITY_SEED),
  numRuns: numRuns * Number(INTEGRITY_RUNS),
});

/** As many milliseconds as that takes at most. */
export const timeFor = (milliseconds: number): number => milliseconds * Number(INTEGRITY_RUNS);
