import { expect } from 'chai';
import { Money } from '#src/kernel/money.js';
import { PricedCart } from '#src/contexts/cart/domain/priced-cart.js';
import { aCart, aCartLine, aCartProduct } from '../support/builders/cart.js';

const USD = { code: 'USD', digits: 2 };

const price = (...products: readonly ReturnType<typeof aCartProduct>[]) => {
  const lines = products.map(({ id }) => aCartLine({ productId: id, quantity: 3 }));
  return PricedCart.of(aCart({ lines, version: 4 }), products.toReversed(), USD);
};

describe('A priced cart', () => {
  it('A priced cart costs nothing when it is empty, in the currency of the shop', () => {
    expect(price().total).to.deep.equal(Money.of(0, USD));
  });

  it('A priced cart costs the exact sum of its lines, which keep their order', () => {
    const products = [aCartProduct({ cents: 1999 }), aCartProduct({ cents: 10 }), aCartProduct({ cents: 0 })];
    const cart = price(...products);
    expect(cart.lines.map(({ product }) => product)).to.deep.equal(products);
    expect(cart.lines.map(({ lineTotal }) => lineTotal.minor)).to.deep.equal([5997, 30, 0]);
    expect(cart.total.minor).to.equal(6027);
    expect(cart.version).to.equal(4);
  });

  it('A priced cart leaves a product that is gone out of the total, and shows what it cost', () => {
    const cart = price(aCartProduct({ cents: 500 }), aCartProduct({ cents: 900, gone: true, available: 0 }));
    expect(cart.total.minor).to.equal(1500);
    expect(cart.lines[1]?.lineTotal.minor).to.equal(2700);
  });

  it('A priced cart counts lines that are short: they may be in stock again when the order is placed', () => {
    expect(price(aCartProduct({ cents: 500, available: 0 })).total.minor).to.equal(1500);
  });

  it('A priced cart has the prices of the oldest copy in it, and current ones without copies', () => {
    const [older, newer] = [new Date('2026-05-01T12:00:00Z'), new Date('2026-05-01T12:01:00Z')];
    const cart = price(aCartProduct({ asOf: newer }), aCartProduct({ asOf: older }), aCartProduct());
    expect(cart.pricesAsOf).to.deep.equal(older);
    expect(price(aCartProduct(), aCartProduct()).pricesAsOf).to.equal(null);
  });

  it('A priced cart holds nothing that never was a product', () => {
    const line = aCartLine();
    expect(() => PricedCart.of(aCart({ lines: [line] }), [], USD)).to.throw(line.productId);
  });
});
