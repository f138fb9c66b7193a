import { expect } from 'chai';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { caseFold, compareText, searchKey, sortKey } from '#src/kernel/text.js';

const character = (hex: string): string => String.fromCodePoint(Number.parseInt(hex, 16));

/** Unicode's own table: what each letter is folded to. */
const TABLE: ReadonlyMap<string, string> = new Map(
  readFileSync(new URL('case-folding.txt', import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => /^[0-9A-F]/.test(line))
    .map((line) => {
      const [letter = '', , folded = ''] = line.split('; ');
      return [character(letter), folded.split(' ').map(character).join('')];
    }),
);

const byTable = (text: string): string => Array.from(text, (letter) => TABLE.get(letter) ?? letter).join('');

const IGNORABLE = /\p{Default_Ignorable_Code_Point}/u;

/** NFKC_Casefold by the table, as UAX #31 defines it. */
const nfkcCasefold = (text: string): string => {
  let folded = text.normalize('NFD');
  if (folded === text && folded.normalize('NFKC') === text && byTable(text) === text && !IGNORABLE.test(text))
    return text;
  for (let time = 0; time < 2; time += 1) folded = byTable(folded).normalize('NFKC').replace(IGNORABLE, '');
  return folded;
};

/** Letters that have got another case since the table was made. */
const isLater = (letter: string): boolean => {
  const cases = [letter.toLowerCase(), letter.toUpperCase()];
  return cases.some((other) => other !== letter) && ![letter, ...cases].some((one) => TABLE.has(one));
};

const letters = function* (): Generator<string> {
  for (let point = 0; point < 0x110000; point += 1) {
    const letter = String.fromCodePoint(point);
    if (!/\p{Cs}|\p{Cn}/u.test(letter)) yield letter;
  }
};

const anyText = fc.string({ unit: 'binary', maxLength: 12 }).map((text) => text.toWellFormed());

describe('Texts without regard to case', () => {
  it('Texts compared without case are those of Unicode’s table, for every character and no two more', () => {
    expect(TABLE.size).to.be.greaterThan(1400);
    const [ours, theirs] = [new Map<string, string>(), new Map<string, string>()];
    const faults: string[] = [];
    for (const letter of letters()) {
      const [folded, wanted] = [caseFold(letter), nfkcCasefold(letter)];
      if (isLater(letter) || isLater(folded)) continue;
      if ((ours.get(folded) ?? wanted) !== wanted) faults.push(`${letter} is folded with what is kept apart`);
      if ((theirs.get(wanted) ?? folded) !== folded)
        faults.push(`${letter} is kept apart from what is folded`);
      ours.set(folded, wanted);
      theirs.set(wanted, folded);
    }
    expect(faults).to.deep.equal([]);
    expect(ours.size).to.be.greaterThan(100_000);
  });

  it('Texts compared without case are folded completely: folding again changes nothing, whatever the text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(caseFold(caseFold(text))).to.equal(caseFold(text));
        expect(searchKey(searchKey(text))).to.equal(searchKey(text));
      }),
      { seed: 1, numRuns: 3_000 },
    );
  });
});

describe('A search key', () => {
  for (const [text, key] of [
    ['İzmir üzümü', 'izmir uzumu'],
    ['IŞIK ışık', 'isik isik'],
    ['Fußmatte FUẞMATTE', 'fussmatte fussmatte'],
    ['Jalapeño jalapen\u0303o', 'jalapeno jalapeno'],
    ["O’Neil O'Neil O´Neil O`Neil Oʼneil", "o'neil o'neil o'neil o'neil o'neil"],
    ['“Tee” „Tee“ «Tee»', '"tee" "tee" "tee"'],
    ['T–Shirt t‐shirt', 't-shirt t-shirt'],
    ['Łódź Smørrebrød Æble Þór', 'lodz smorrebrod aeble thor'],
    ['Ελλάς ΕΛΛΑΣ', 'ελλασ ελλασ'],
    ['Ёлка', 'елка'],
    ['שָׁלוֹם', 'שלום'],
    ['مُحَمَّد محـــمد', 'محمد محمد'],
    ['ﬁlter ﬃ ｆｕｌｌ', 'filter ffi full'],
    ['so\u00adft\u200b\u2060hyphen', 'softhyphen'],
    ['हिन्दी ภาษาไทย', 'हिन्दी ภาษาไทย'],
    ['한국어', '한국어'],
    ['  a\t\n b\u00a0 ', 'a b'],
  ] as const)
    it(`A search key of ${JSON.stringify(text)} is ${JSON.stringify(key)}`, () => {
      expect(searchKey(text)).to.equal(key);
    });
});

describe('A sort key', () => {
  const order = (...names: readonly string[]): readonly string[] =>
    names.toSorted((a, b) => compareText(sortKey(a), sortKey(b)));

  it('A sort key puts names in the order of a dictionary that knows no language', () => {
    const names = [
      'Zitrone',
      'Apfel',
      'Ähre',
      'Äpfel',
      'apfelmus',
      '9 Nägel',
      'élan',
      'Elster',
      'Łódź',
      'Loden',
      'Öl',
      'Olive',
    ];
    expect(order(...names)).to.deep.equal(
      names.toSorted(new Intl.Collator('und', { sensitivity: 'accent' }).compare),
    );
  });

  it('A sort key puts a word before what goes on after it, on databases that pad with spaces too', () => {
    expect(order('tee kanne', 'té', 'teekanne', 'tee', 'te')).to.deep.equal([
      'te',
      'té',
      'tee',
      'tee kanne',
      'teekanne',
    ]);
  });

  it('A sort key is equal for names that differ in case, and for no others', () => {
    expect(sortKey('GROSS')).to.equal(sortKey('Groß'));
    expect(sortKey('Jalapeno')).not.to.equal(sortKey('Jalapeño'));
    fc.assert(
      fc.property(anyText, anyText, (one, other) => {
        const squeezed = (text: string) =>
          caseFold(text)
            .replace(/[\s\p{Cc}]+/gu, ' ')
            .trim();
        expect(sortKey(one) === sortKey(other)).to.equal(squeezed(one) === squeezed(other));
      }),
      { seed: 1, numRuns: 2_000 },
    );
  });

  it('A sort key is the search key of a name without accents', () => {
    expect(sortKey('Enamel MUG')).to.equal('enamel mug');
    expect(sortKey('Émail')).to.equal('email  émail');
  });

  it('A sort key has at most 200 characters and no space at its end, whatever the name', () => {
    for (const name of [
      'é'.repeat(200),
      'ﷺ'.repeat(200),
      'x'.repeat(199) + ' y',
      '🫖'.repeat(200),
      'İ'.repeat(200),
    ]) {
      const key = sortKey(name);
      expect(Array.from(key).length).to.be.at.most(200);
      expect(key).to.equal(key.trimEnd());
    }
  });
});
