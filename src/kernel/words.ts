import { searchKey } from './text.js';

// Searches find words by their beginnings. One function finds the words of a text for every store, so that no tokeniser, list of
// stop words or minimum length of a database makes a difference.

/** The beginning of a word that is indexed and compared, in characters. */
export const WORD_LENGTH = 64;

/** Letters and digits with their marks, and pictures such as emoji. Everything else separates words. */
const SIGN = '[\\p{L}\\p{M}\\p{N}\\p{So}]';
const RUNS = new RegExp(`${SIGN}+`, 'gu');
/** Signs of scripts that write no spaces between words. */
const UNSPACED = /([\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}]+)/u;
const ONE_SIGN = new RegExp(SIGN, 'u');

const cut = (word: string): string => Array.from(word).slice(0, WORD_LENGTH).join('');

/** Returns the e-mail address, or the beginning of one, that a text without spaces is; null for another text. */
const addressIn = (text: string): string | null => {
  const [at, first] = [text.indexOf('@'), text.search(ONE_SIGN)];
  if (first < 0 || at < first) return null;
  const characters = Array.from(cut(text.slice(first)));
  const last = characters.findLastIndex((character) => character === '@' || ONE_SIGN.test(character));
  return characters.slice(0, last + 1).join('');
};

/** Returns each two neighbours of a text without spaces: `東京都` has `東京` and `京都`. */
const pairsOf = (characters: readonly string[]): readonly string[] =>
  characters.length === 1
    ? characters
    : characters.slice(1).map((next, i) => `${characters[i] ?? ''}${next}`);

/** Returns the runs of signs in a key, and the `pieces` of those that have no spaces between words. */
const runsOf = (key: string, pieces: (characters: readonly string[]) => readonly string[]): string[] =>
  (key.match(RUNS) ?? []).flatMap((run) =>
    // Every other part is one that the expression has matched.
    run.split(UNSPACED).flatMap((part, i) => (i % 2 === 1 ? pieces(Array.from(part)) : part || [])),
  );

const distinct = (words: readonly string[]): readonly string[] => [...new Set(words.map(cut))];

const pairsAndLast = (characters: readonly string[]): readonly string[] => [
  ...pairsOf(characters),
  ...characters.slice(-1),
];

/**
 * Returns the words of a text in which is searched, each once and in the form of its `searchKey`. An e-mail address is a word and has
 * words.
 */
export const wordsOf = (text: string): readonly string[] => {
  const key = searchKey(text);
  return distinct([...runsOf(key, pairsAndLast), ...key.split(' ').flatMap((part) => addressIn(part) ?? [])]);
};

/**
 * Returns the terms of a search: it finds the texts that have, for each term, a word that begins with it. Only a blank text has none;
 * a text of signs that are in no word has one that finds nothing.
 */
export const searchTerms = (text: string): readonly string[] => {
  const key = searchKey(text);
  const parts = key.split(' ').map((part) => ({ part, address: addressIn(part) }));
  const others = parts.filter(({ address }) => address === null).map(({ part }) => part);
  const terms = distinct([
    ...runsOf(others.join(' '), pairsOf),
    ...parts.flatMap(({ address }) => address ?? []),
  ]);
  return terms.length === 0 && key !== '' ? [cut(key)] : terms;
};

/** Returns words as one text, a space before each: one of them begins with a term if the text contains a space and the term. */
export const joinWords = (words: readonly string[]): string => words.map((word) => ` ${word}`).join('');

/** Returns whether joined words meet all terms of a search. */
export const haveWords = (joined: string, terms: readonly string[]): boolean =>
  terms.every((term) => joined.includes(` ${term}`));
