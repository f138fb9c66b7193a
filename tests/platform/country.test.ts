import { expect } from 'chai';
import { countriesMeant, countryCode } from '#src/platform/country.js';

describe('A country code', () => {
  it('A country code is one of ISO 3166-1 alpha-2 in any letter case, and in upper case afterwards', () => {
    for (const text of ['IE', 'ie', 'Ie', 'gb', 'US', 'tw', 'AX']) {
      expect(countryCode(text), text).to.equal(text.toUpperCase());
    }
  });

  it('A country code is neither a free nor a reserved code, nor one of three letters, a number or a name', () => {
    for (const text of [
      'ZZ',
      'XX',
      'AA',
      'UK',
      'EU',
      'SU',
      'IRL',
      '372',
      'Ireland',
      'I',
      '',
      ' IE',
      'IE\n',
    ]) {
      expect(countryCode(text), JSON.stringify(text)).to.equal(null);
    }
  });

  it('A country code is not made of letters whose capitals are ASCII', () => {
    for (const text of ['\u0131e', 'i\u017f', '\ufb01', '\u0130E', '\uff29\uff25', '\u212ag']) {
      expect(countryCode(text), JSON.stringify(text)).to.equal(null);
    }
  });

  it('A country code is XK for Kosovo, which has none in the standard', () => {
    expect(countryCode('xk')).to.equal('XK');
  });
});

describe('What is no country code', () => {
  for (const [text, codes] of [
    ['UK', ['GB']],
    ['uk', ['GB']],
    ['United Kingdom', ['GB']],
    ['Ireland', ['IE']],
    ['IRELAND', ['IE']],
    ['irl', ['IE']],
    ['Iran', ['IR']],
    ['United States', ['US']],
    ['Korea', ['KP', 'KR']],
    ['ZZ', []],
    ['Atlantis', []],
    ['', []],
  ] as const)
    it(`An invalid country code means ${codes.join(' or ') || 'no country'} when it is ${JSON.stringify(text)}`, () => {
      expect(countriesMeant(text).map(({ code }) => code)).to.deep.equal(codes);
    });
});
