/**
 * Version of the rules that compute keys, here in `words.ts` and in `EmailAddress`. Raise it with each change: the next start then recomputes
 * the stored keys.
 */
export const KEY_VERSION = 3;

/** Number of characters in a sort key: enough to sort by, short enough for every database's index. */
const KEY_LENGTH = 200;

/** Characters that show nothing by themselves: soft hyphens, joiners, controls of direction and others. */
const IGNORABLE = /\p{Default_Ignorable_Code_Point}/gu;

/** Replaces runs of white space and control characters by one space and trims both ends: no database pads or trims the result. */
const squeeze = (text: string): string => text.replace(/[\s\p{Cc}]+/gu, ' ').trim();

/** Lowers twice: ẞ is its own capital, while the capital of its lower case ß is SS. */
const foldLetters = (letters: string): string => letters.toLowerCase().toUpperCase().toLowerCase();

/**
 * Returns the NFKC_Casefold of a text (Unicode Standard, section 3.13; `CaseFolding.txt`, C and F): `Groß`, `GROSS` and
 * `gross` are one text. The dotless ı stays apart from i, although both have the capital I.
 */
export const caseFold = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(IGNORABLE, '')
    .replace(/[^ı]+/g, foldLetters)
    .replaceAll('ς', 'σ')
    .normalize('NFKC');

/** Marks that people leave out when they type: accents, the points of Hebrew and Arabic, and the tatweel of Arabic. */
const ACCENT = /(?=\p{M})[\p{Script=Inherited}\p{Script=Hebrew}\p{Script=Arabic}]|\u0640/gu;

/** Latin letters that Unicode does not decompose into a letter and a mark, and how people type them. Both in folded case. */
const LATIN: ReadonlyMap<string, string> = new Map(
  'ı:i æ:ae œ:oe ø:o đ:d ð:d þ:th ħ:h ł:l ŋ:n ŧ:t ɓ:b ɗ:d ɖ:d ƙ:k ƴ:y ɨ:i ʉ:u ɔ:o ɛ:e ə:e'
    .split(' ')
    .map((pair) => pair.split(':') as [string, string]),
);
const LATIN_LETTER = new RegExp(`[${[...LATIN.keys()].join('')}]`, 'g');

/** Replaces typographic quotes and dashes by those of keyboards. */
const plainPunctuation = (text: string): string =>
  text
    .replace(/[\u2018-\u201B\u2032\u02B9\u02BB\u02BC\u00B4`\uFF07]/g, "'")
    .replace(/[\u201C-\u201F\u2033\u00AB\u00BB\uFF02]/g, '"')
    .replace(/[\u2010-\u2015\u2212\uFF0D]/g, '-');

/**
 * Returns the search key of a text. Letter case, accents, compatibility forms, white space and the shape of quotes and dashes
 * make no difference.
 */
export const searchKey = (text: string): string =>
  squeeze(
    // Twice: folding decomposes some quotes into a space and an accent, and makes others of compatibility forms.
    plainPunctuation(caseFold(plainPunctuation(text)))
      .normalize('NFD')
      .replace(ACCENT, '')
      .replace(LATIN_LETTER, (letter) => LATIN.get(letter) ?? letter)
      .normalize('NFC'),
  );

/**
 * Returns the key that sorts names and compares unique names: letters first, then accents, so that Ähre comes before Apfel.
 * Letter case makes no difference. Two spaces separate both parts: they sort before anything that follows a letter.
 */
export const sortKey = (text: string): string => {
  const [letters, folded] = [searchKey(text), squeeze(caseFold(text))];
  const key = letters === folded ? letters : `${letters}  ${folded}`;
  return Array.from(key).slice(0, KEY_LENGTH).join('').trimEnd();
};

/** Compares like the databases' binary collations, by code point; JavaScript's `<` compares UTF-16 units. */
export const compareText = (a: string, b: string): number => {
  const left = Array.from(a);
  const right = Array.from(b);
  for (let i = 0; i < left.length && i < right.length; i += 1) {
    const difference = (left[i]?.codePointAt(0) ?? 0) - (right[i]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
};
