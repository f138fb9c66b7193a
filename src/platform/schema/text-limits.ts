// What text from outside is held to before anything normalises, folds, splits or matches it. NFC takes quadratic time on a
// run of combining marks that is out of order, and some patterns of libraries on their input, so length comes first.

/**
 * The UTF-16 code units in which a text of at most `max` characters may be sent. A character outside the Basic Multilingual
 * Plane takes two, and so does a letter with a separate accent. White space around the text counts as well: it is trimmed
 * later.
 */
export const codeUnitsFor = (max: number): number => 2 * max;

/** Characters of the longest text that any schema may allow. */
export const MAX_TEXT = 10_000;

/** Code units of a parameter in a path or query string. The longest is a cursor. */
export const MAX_PARAMETER = 2_000;

/**
 * Non-starters in a row that the Stream-Safe Text Format of UAX #15 allows, of which no language needs more than a few. Every
 * non-starter is a mark, but for the two halfwidth sound marks of Katakana.
 */
const MAX_MARKS = 30;
const MARK = '[\\p{M}\\uFF9E\\uFF9F]';
/** Tried where a run begins only: from each of its marks it would take quadratic time. */
const tooManyMarks = new RegExp(`(?<!${MARK})${MARK}{${MAX_MARKS + 1}}`, 'u');

/** What keeps a text from being read any further, as an error detail; null when nothing does. */
export const textFault = (text: string, maxCodeUnits: number): string | null => {
  if (text.length > maxCodeUnits) return `must have at most ${maxCodeUnits} UTF-16 code units`;
  // PostgreSQL can't store a NUL, and half of a surrogate pair is no text in UTF-8.
  if (text.includes('\0') || !text.isWellFormed()) return 'must not contain NUL or unpaired surrogates';
  if (tooManyMarks.test(text)) return `must not have more than ${MAX_MARKS} combining marks in a row`;
  return null;
};
