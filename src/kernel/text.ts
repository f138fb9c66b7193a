/** How keys are made, here and in `EmailAddress`: raised with each change, whereupon stored ones are computed anew. */
export const KEY_VERSION = 2;

/** How many characters of a text its sort key keeps: enough to sort by, short enough for every database's index. */
const KEY_LENGTH = 200;

/** Soft hyphens, joiners, controls of direction and whatever else shows nothing by itself. */
const IGNORABLE = /\p{Default_Ignorable_Code_Point}/gu;

/** Runs of white space and control characters as one space, none at the ends: no database pads or trims what is left. */
const squeeze = (text: string): string => text.replace(/[\s\p{Cc}]+/gu, ' ').trim();

/** Twice lower: the capital ẞ has no other capital, and ß has SS. The dotless ı is no i, though it has the same capital. */
const foldLetters = (letters: string): string => letters.toLowerCase().toUpperCase().toLowerCase();

/**
 * The full case folding of Unicode (`CaseFolding.txt`, C and F) of a text in NFKC without what is ignorable (NFKC_Casefold):
 * `Groß`, `GROSS` and `gross` are one text.
 */
export const caseFold = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(IGNORABLE, '')
    .replace(/[^ı]+/g, foldLetters)
    .replaceAll('ς', 'σ')
    .normalize('NFKC');

/** Marks that readers of another language leave out: accents, the points of Hebrew and Arabic, the lengthening of Arabic. */
const ACCENT = /(?=\p{M})[\p{Script=Inherited}\p{Script=Hebrew}\p{Script=Arabic}]|\u0640/gu;

/** Letters that are an a to z with something to them, of which Unicode makes no letter and mark. In folded case. */
const LATIN: ReadonlyMap<string, string> = new Map(
  'ı:i æ:ae œ:oe ø:o đ:d ð:d þ:th ħ:h ł:l ŋ:n ŧ:t ɓ:b ɗ:d ɖ:d ƙ:k ƴ:y ɨ:i ʉ:u ɔ:o ɛ:e ə:e'
    .split(' ')
    .map((pair) => pair.split(':') as [string, string]),
);
const LATIN_LETTER = new RegExp(`[${[...LATIN.keys()].join('')}]`, 'g');

/** Typographic forms of what keyboards have. Before folding, which makes a space and an accent of some, and after it. */
const plainPunctuation = (text: string): string =>
  text
    .replace(/[\u2018-\u201B\u2032\u02B9\u02BB\u02BC\u00B4`\uFF07]/g, "'")
    .replace(/[\u201C-\u201F\u2033\u00AB\u00BB\uFF02]/g, '"')
    .replace(/[\u2010-\u2015\u2212\uFF0D]/g, '-');

/**
 * What a text is found by: neither letter case nor accents, compatibility forms, white space or the shape of quotes and dashes
 * make a difference.
 */
export const searchKey = (text: string): string =>
  squeeze(
    plainPunctuation(caseFold(plainPunctuation(text)))
      .normalize('NFD')
      .replace(ACCENT, '')
      .replace(LATIN_LETTER, (letter) => LATIN.get(letter) ?? letter)
      .normalize('NFC'),
  );

/** The words of a search: each must occur in the `searchKey` of what is looked for. Without any, everything is found. */
export const searchWords = (text: string): readonly string[] =>
  searchKey(text)
    .split(' ')
    .filter((word) => word !== '');

/**
 * What names are sorted by, and which names are one: letters first, then accents, so that Ähre stands before Apfel; letter case
 * makes no difference. Two spaces part them, which sort before all that a letter can be followed by.
 */
export const sortKey = (text: string): string => {
  const [letters, folded] = [searchKey(text), squeeze(caseFold(text))];
  const key = letters === folded ? letters : `${letters}  ${folded}`;
  return Array.from(key).slice(0, KEY_LENGTH).join('').trimEnd();
};

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
