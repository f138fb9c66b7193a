/** No endpoint may put an event off for longer. */
const LONGEST_MS = 24 * 3_600_000;

/** Returns the milliseconds of a `Retry-After` (RFC 9110 §10.2.3: seconds, or a date); null if it is neither. */
export const retryAfterMs = (value: string | undefined, now: Date): number | null => {
  if (value === undefined) return null;
  const text = value.trim();
  const date = /^\w{3,9}, .* GMT$/.test(text) ? Date.parse(text) : NaN; // of anything else it makes some date
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : date - now.getTime();
  return Number.isNaN(ms) ? null : Math.min(Math.max(ms, 0), LONGEST_MS);
};
