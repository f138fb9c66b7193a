import { monitorEventLoopDelay, performance, type IntervalHistogram } from 'node:perf_hooks';

/** Milliseconds between two samples. */
const RESOLUTION = 10;

/**
 * Returns a function that returns the mean delay of the event loop since its last call, in milliseconds: how late timers were. It
 * samples from its first call on, which returns 0.
 */
export const eventLoopDelay = (): (() => number) => {
  let samples: IntervalHistogram | undefined;
  let since = 0;
  return () => {
    const now = performance.now();
    if (samples === undefined) {
      samples = monitorEventLoopDelay({ resolution: RESOLUTION });
      samples.enable();
      since = now;
      return 0;
    }
    const { count, mean } = samples;
    // Without a sample, the loop has not turned since the last call.
    const delay = count === 0 ? now - since : mean / 1e6;
    samples.reset();
    since = now;
    return Math.max(0, delay - RESOLUTION);
  };
};
