// Limits of texts from outside, checked before any code normalises, folds, splits or matches them. NFC takes quadratic time on a
// run of combining marks that is out of order, and so do some patterns of libraries on their input, so the length is checked
// first.

/**
 * Returns the maximum number of UTF-16 code units of a text of at most `max` characters. A character outside the Basic
 * Multilingual Plane takes two, and so does a letter with a separate accent. White space around the text counts as well: it is
 * trimmed later.
 */
export const codeUnitsFor = (max: number): number => 2 * max;

/** Maximum length that any schema may allow for a text, in characters. */
export const MAX_TEXT = 10_000;

/** Maximum length of a parameter in a path or query string, in code units. The longest is a cursor. */
export const MAX_PARAMETER = 2_000;

/**
 * Maximum number of consecutive non-starters that the Stream-Safe Text Format of UAX #15 allows; no language needs more than a
 * few. Every non-starter is a mark, except the two halfwidth sound marks of Katakana.
 */
const MAX_MARKS = 30;
const MARK = '[\\p{M}\\uFF9E\\uFF9F]';
/** Matches only at the start of a run: matching at each of its marks would take quadratic time. */
const tooManyMarks = new RegExp(`(?<!${MARK})${MARK}{${MAX_MARKS + 1}}`, 'u');

/** Returns why a text is not read any further, as an error detail; null if there is no reason. */
export const textFault = (text: string, maxCodeUnits: number): string | null => {
  if (text.length > maxCodeUnits) return `must have at most ${maxCodeUnits} UTF-16 code units`;
  // PostgreSQL can't store a NUL, and half of a surrogate pair is not valid UTF-8.
  if (text.includes('\0') || !text.isWellFormed()) return 'must not contain NUL or unpaired surrogates';
  if (tooManyMarks.test(text)) return `must not have more than ${MAX_MARKS} combining marks in a row`;
  return null;
};
