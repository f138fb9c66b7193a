import { expect } from 'chai';
import { Money } from '#src/kernel/money.js';

const USD = { code: 'USD', digits: 2 };
const EUR = { code: 'EUR', digits: 2 };
const JPY = { code: 'JPY', digits: 0 };
const KWD = { code: 'KWD', digits: 3 };

describe('Money', () => {
  it('Money is a whole number of minor units that is exact', () => {
    expect(Money.of(-1999, USD)).to.deep.equal({ minor: -1999, currency: USD });
    for (const minor of [0.5, 2 ** 53, NaN])
      expect(() => Money.of(minor, USD)).to.throw(RangeError, `minor units: ${String(minor)}`);
    expect(() => Money.times(Money.of(2 ** 52, USD), 2)).to.throw(RangeError);
  });

  it('Money adds up in one currency', () => {
    expect(Money.add(Money.of(1999, USD), Money.of(1, USD))).to.deep.equal(Money.of(2000, USD));
    expect(Money.sum([Money.of(1, JPY), Money.of(2, JPY)], JPY)).to.deep.equal(Money.of(3, JPY));
    expect(Money.sum([], JPY)).to.deep.equal(Money.of(0, JPY));
    expect(() => Money.add(Money.of(1, USD), Money.of(1, EUR))).to.throw(
      TypeError,
      'USD and EUR do not add up',
    );
  });

  it('Money equals the same amount of the same currency', () => {
    expect(Money.equals(Money.of(1, USD), Money.of(1, { ...USD }))).to.equal(true);
    expect(Money.equals(Money.of(1, USD), Money.of(2, USD))).to.equal(false);
    expect(Money.equals(Money.of(1, USD), Money.of(1, EUR))).to.equal(false);
  });

  it('Money has as many decimals in major units as its currency', () => {
    for (const [currency, major] of [
      [USD, 19.99],
      [JPY, 1999],
      [KWD, 1.999],
    ] as const) {
      expect(Money.toMajor(Money.of(1999, currency))).to.equal(major);
      expect(Money.fromMajor(major, currency)).to.deep.equal(Money.of(1999, currency));
    }
  });

  it('Money is not made of major units that it cannot hold exactly', () => {
    for (const major of [19.999, 0.1 + 0.2, 50548650334280.914, 2 ** 53, 1e21, NaN])
      expect(Money.fromMajor(major, USD), String(major)).to.equal(null);
    expect(Money.fromMajor(1.5, JPY)).to.equal(null);
  });
});
