import { expect } from 'chai';
import { setTimeout as aMoment } from 'node:timers/promises';

/**
 * Looks again and again until there is something to see (neither false nor null nor undefined), and returns it. Only a failure
 * takes the whole time: a busy machine is slow.
 */
export const eventually = async <T>(
  look: () => Promise<T> | T,
  what: string,
  withinMs = 60_000,
): Promise<NonNullable<T>> => {
  const deadline = performance.now() + withinMs;
  while (performance.now() < deadline) {
    const seen = await look();
    if (seen !== false && seen !== null && seen !== undefined) return seen;
    await aMoment(5);
  }
  return expect.fail(`waited in vain for ${what}`);
};
