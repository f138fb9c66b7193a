/** How many characters of a text its sort key keeps: enough to sort by, short enough for every database's index. */
const KEY_LENGTH = 200;

/** Runs of white space and control characters as one space, none at the ends: no database pads or trims what is left. */
const squeeze = (text: string): string => text.replace(/[\s\p{Cc}]+/gu, ' ').trim();

/** What a text is found and compared by: letter case, compatibility forms and white space make no difference. */
export const searchKey = (text: string): string =>
  squeeze(text.normalize('NFKC').toLowerCase().normalize('NFKC'));

/** The words of a search: each must occur in the `searchKey` of what is looked for. Without any, everything is found. */
export const searchWords = (text: string): readonly string[] =>
  searchKey(text)
    .split(' ')
    .filter((word) => word !== '');

/** A search key cut to a length that can be indexed, for lists sorted by name. */
export const sortKey = (text: string): string =>
  Array.from(searchKey(text)).slice(0, KEY_LENGTH).join('').trimEnd();

/** The order of the databases' binary collations, by code point; JavaScript's `<` goes by UTF-16 unit and differs. */
export const compareText = (a: string, b: string): number => {
  const left = Array.from(a);
  const right = Array.from(b);
  for (let i = 0; i < left.length && i < right.length; i += 1) {
    const difference = (left[i]?.codePointAt(0) ?? 0) - (right[i]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
};
