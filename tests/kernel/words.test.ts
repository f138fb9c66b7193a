import { expect } from 'chai';
import fc from 'fast-check';
import { haveWords, joinWords, searchTerms, WORD_LENGTH, wordsOf } from '#src/kernel/words.js';

const finds = (query: string, text: string): boolean =>
  haveWords(joinWords(wordsOf(text)), searchTerms(query));

describe('The words of a text', () => {
  for (const [text, words] of [
    ['Enamel MUG, enamel', ['enamel', 'mug']],
    ['T-Shirt (blue)', ['t', 'shirt', 'blue']],
    ['Café – Größe 350ml', ['cafe', 'grosse', '350ml']],
    ['100% of it’s C++', ['100', 'of', 'it', 's', 'c']],
    ['MUG-350_Blue', ['mug', '350', 'blue']],
    ['東京都', ['東京', '京都', '都']],
    ['茶 350ml緑茶', ['茶', '350ml', '緑茶']],
    ['コーヒー', ['コー', 'ーヒ', 'ヒー', 'ー']],
    ['한국어 차', ['한국어', '차']],
    ['🫖 pot', ['🫖', 'pot']],
    ['Ada <Ada.L@example.com>', ['ada', 'l', 'example', 'com', 'ada.l@example.com']],
    ['%!_ -', []],
  ] as const)
    it(`The words of a text are found in “${text}”`, () => {
      expect(wordsOf(text)).to.deep.equal(words);
    });

  it('The words of a text are found in a time that grows as its length does', () => {
    const began = performance.now();
    for (const text of ['a', '!', '@', 'a@', '@!', 'a-', '東'].map((piece) => `a@${piece.repeat(10_000)} a`))
      wordsOf(text);
    expect(performance.now() - began).to.be.lessThan(2_000);
  });

  it('The words of a text are indexed by their first characters', () => {
    expect(wordsOf('😀'.repeat(100))).to.deep.equal(['😀'.repeat(WORD_LENGTH)]);
  });
});

describe('The terms of a search', () => {
  it('The terms of a search are none for a blank text, and one that finds nothing for signs alone', () => {
    for (const blank of ['', ' \n', ' \u00ad \u200b']) expect(searchTerms(blank)).to.deep.equal([]);
    for (const signs of ['%', '%%', '_ !', '\\', '--'])
      expect(finds(signs, `a % %% _ ! \\ -- ${signs}`), signs).to.equal(false);
  });

  it('The terms of a search find every text by the text itself, and by the beginning of each word', () => {
    const anyText = fc.string({ unit: 'binary', maxLength: 40 }).map((text) => text.toWellFormed());
    fc.assert(
      fc.property(anyText, fc.nat(5), (text, length) => {
        const words = wordsOf(text);
        const joined = joinWords(words);
        if (words.length > 0) expect(haveWords(joined, searchTerms(text)), text).to.equal(true);
        for (const word of words) {
          const beginning = Array.from(word)
            .slice(0, length + 1)
            .join('');
          expect(haveWords(joined, searchTerms(beginning)), beginning).to.equal(true);
        }
      }),
    );
  });
});
