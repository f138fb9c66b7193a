import { expect } from 'chai';
import fc from 'fast-check';
import { oddCharacterIn, parseEmailAddress } from '#src/platform/email-address.js';

const textOf = (given: string): string | undefined => parseEmailAddress(given)?.text;
const keyOf = (given: string): string | undefined => parseEmailAddress(given)?.key;
const show = (text: string): string =>
  JSON.stringify(text).replace(/[^ -~]/g, (c) => `\\u${c.charCodeAt(0).toString(16)}`);

describe('An e-mail address', () => {
  it('An e-mail address is shown as it was given, but for blanks around it and its Unicode form', () => {
    for (const [given, text] of [
      ['  Ann.B+x@Example.ORG ', 'Ann.B+x@Example.ORG'],
      ['zoe\u0308@example.org', 'zo\u00eb@example.org'],
      ['ida@bücher.example', 'ida@bücher.example'],
      ['\u7528\u6237@\u4f8b\u5b50.\u5e7f\u544a', '\u7528\u6237@\u4f8b\u5b50.\u5e7f\u544a'],
      ["!#$%&'*+/=?^_`{|}~-@example.org", "!#$%&'*+/=?^_`{|}~-@example.org"],
    ] as const)
      expect(textOf(given), show(given)).to.equal(text);
  });

  it('An e-mail address has its domain in Unicode, however that was written', () => {
    for (const given of ['ida@xn--bcher-kva.example', 'ida@BÜCHER.example', 'ida@bu\u0308cher.Example']) {
      expect(textOf(given), show(given)).to.equal('ida@bücher.example');
    }
  });

  it('An e-mail address has one key for all spellings of one mailbox', () => {
    for (const spellings of [
      ['Ann@Example.ORG', 'ann@example.org', ' ann@example.org\t'],
      [
        'ida@bücher.example',
        'ida@xn--bcher-kva.example',
        'IDA@XN--BCHER-KVA.EXAMPLE',
        'Ida@BU\u0308CHER.example',
      ],
      ['zoe\u0308@example.org', 'ZO\u00cb@example.org'],
      ['\u212bsa@example.org', 'a\u030asa@example.org'],
      ['ida@\u0130stanbul.example', 'ida@i\u0307stanbul.example'],
    ]) {
      const keys = new Set(spellings.map(keyOf));
      expect([...keys], spellings.map(show).join()).to.have.length(1);
      expect([...keys][0]).to.be.a('string');
    }
  });

  it('An e-mail address has keys of their own for mailboxes that only look alike', () => {
    const alike = [
      'ida@faß.example',
      'ida@fass.example',
      'id\u0430@fass.example',
      'ida.@'.slice(0, 3) + '2@fass.example',
    ];
    expect(new Set(alike.map(keyOf)).size).to.equal(4);
  });

  for (const [title, characters] of [
    ['zero-width characters', '\u200b\u200c\u200d\u2060\ufeff'],
    ['a soft hyphen', '\u00ad'],
    ['controls of direction', '\u061c\u200e\u200f\u202a\u202e\u2066\u2069'],
    ['other ignorable characters', '\u034f\u115f\u180e\u3164\ufe0f\uffa0\u{e0041}\u{e01ef}'],
    ['control characters', '\0\t\n\r\u001b\u007f\u0085'],
    ['spaces', ' \u00a0\u2003\u2028\u3000'],
    [
      'private use, non-characters and what Unicode has not assigned',
      '\ue000\u{f0000}\ufdd0\uffff\u{1ffff}\u0378',
    ],
    ['half a surrogate pair', '\ud800'],
    ['symbols', '\u2603\u20ac\u00a9\u{1f600}'],
    ['look-alikes of @ and dots', '\uff20\ufe6b\uff0e\u3002\uff61\u2024'],
    ['what ASCII needs quotes for', '()<>[]:;,\\"'],
  ] as const)
    it(`An e-mail address has ${title} in neither part`, () => {
      for (const character of characters) {
        expect(parseEmailAddress(`zo${character}e@example.org`), `zo${show(character)}e@`).to.equal(null);
        expect(parseEmailAddress(`zoe@exa${character}mple.org`), `@exa${show(character)}mple`).to.equal(null);
      }
    });

  it('An e-mail address has no forms of other characters before the @; in a domain they stand for those', () => {
    for (const [form, meant] of [
      ['\uff21', 'a'],
      ['\ufb01', 'fi'],
      ['\u2460', '1'],
    ] as const) {
      expect(parseEmailAddress(`zo${form}e@example.org`), show(form)).to.equal(null);
      expect(textOf(`zoe@exa${form}mple.org`), show(form)).to.equal(`zoe@exa${meant}mple.org`);
    }
  });

  it('An e-mail address may have a joiner in a domain where its script asks for one, and nowhere else', () => {
    const persian = 'ann@\u0646\u0627\u0645\u0647\u200c\u0627\u06cc.example';
    expect(keyOf(persian)).to.match(/^ann@xn--[a-z0-9-]+\.example$/);
    expect(textOf(keyOf(persian) ?? '')).to.equal(persian);
    expect(parseEmailAddress('ann@exa\u200cmple.org')).to.equal(null);
  });

  it('An e-mail address ends in a host name: no address of a network, no single label, no dot at the end', () => {
    for (const domain of [
      ...[
        '',
        'localhost',
        'example.org.',
        '.example.org',
        'exa..mple.org',
        '[192.0.2.1]',
        '[IPv6:2001:db8::1]',
      ],
      ...['192.0.2.1', '0x7f.1', 'example.1', '-a.example', 'a-.example', 'exa_mple.org', 'xn--a.example'],
      ...['xn--ls8h.example', 'xn--example-.org', '\u0300a.example', `${'a'.repeat(64)}.org`, 'a%2eb.org'],
    ])
      expect(parseEmailAddress(`ann@${domain}`), domain).to.equal(null);
  });

  it('An e-mail address begins with a local part that needs no quotes', () => {
    for (const local of [
      '',
      '.a',
      'a.',
      'a..b',
      'a b',
      '"a b"',
      'a@b',
      'a"b',
      '(c)a',
      '\u0640',
      '\u1100',
      'a\u05d0',
    ])
      expect(parseEmailAddress(`${local}@example.org`), show(local)).to.equal(null);
  });

  it('An e-mail address has at most 64 octets before the @ and 254 in all, as a mail server counts them', () => {
    expect(keyOf(`${'é'.repeat(32)}@example.org`)).to.be.a('string');
    expect(parseEmailAddress(`${'é'.repeat(32)}e@example.org`)).to.equal(null);
    const domain = (labels: number): string => `${`${'d'.repeat(49)}.`.repeat(labels)}test`;
    expect(keyOf(`${'e'.repeat(49)}@${domain(4)}`)).to.have.length(254);
    expect(parseEmailAddress(`${'e'.repeat(50)}@${domain(4)}`)).to.equal(null);
    expect(parseEmailAddress(`ann@${'ü.'.repeat(100_000)}test`)).to.equal(null);
  });

  it('An e-mail address is what was made of it when it is read again', () => {
    const unit = fc.oneof(
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
      fc.constantFrom('a', 'Z', 'é', '.', '-', 'ß', 'İ', 'σ', 'Ж'),
    );
    const word = fc.array(unit, { minLength: 1, maxLength: 8 }).map((letters) => letters.join(''));
    let addresses = 0;
    fc.assert(
      fc.property(word, word, (local, label) => {
        const address = parseEmailAddress(`${local}@${label}.example`);
        if (address === null) return;
        addresses += 1;
        expect(parseEmailAddress(address.text)).to.deep.equal(address);
        expect(keyOf(address.text.toUpperCase()) ?? address.key).to.be.a('string');
        expect(address.key).to.match(/@[a-z0-9.-]+$/);
      }),
      { seed: 1, numRuns: 2_000 },
    );
    expect(addresses).to.be.greaterThan(100);
  });

  it('An e-mail address with an invisible character is refused with the character’s code', () => {
    expect(oddCharacterIn('zoe\u200b@example.com')).to.equal('U+200B');
    expect(oddCharacterIn('zoe\uff20example.com')).to.equal('U+FF20');
    expect(oddCharacterIn('zoe\u{e0041}@example.com')).to.equal('U+E0041');
    expect(oddCharacterIn(' zoé@example.com ')).to.equal(null);
  });
});
