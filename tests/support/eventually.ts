import { expect } from 'chai';
import { setTimeout as aMoment } from 'node:timers/promises';

/** Looks again and again until there is something to see (neither false nor null nor undefined), and answers it. */
export const eventually = async <T>(
  look: () => Promise<T> | T,
  what: string,
  withinMs = 15_000,
): Promise<NonNullable<T>> => {
  const deadline = performance.now() + withinMs;
  while (performance.now() < deadline) {
    const seen = await look();
    if (seen !== false && seen !== null && seen !== undefined) return seen;
    await aMoment(5);
  }
  return expect.fail(`waited in vain for ${what}`);
};
