import { expect } from 'chai';
import type { ProductId } from '#src/kernel/ids.js';
import { Cart } from '#src/contexts/cart/domain/cart.js';
import { MAX_LINES } from '#src/contexts/cart/domain/limits.js';
import { aCart, aCartLine } from '../support/builders/cart.js';
import { newId } from '../support/builders/ids.js';
import { refusal } from '../support/contract-tools.js';

const full = aCart({ lines: Array.from({ length: MAX_LINES }, () => aCartLine()) });

describe('A cart', () => {
  it('A cart begins empty, in version 0, and is in another version after each change', () => {
    const customerId = newId<Cart['customerId']>();
    const [productId, quantity] = [newId<ProductId>(), 2];
    const empty = Cart.empty(customerId);
    expect(empty).to.deep.equal({ customerId, lines: [], version: 0 });
    const added = Cart.add(empty, { productId, quantity });
    expect(added).to.deep.equal({ customerId, lines: [{ productId, quantity, position: 1 }], version: 1 });
    expect(Cart.clear(added)).to.deep.equal({ customerId, lines: [], version: 2 });
  });

  it('A cart gets a line for a product that was not in it, after the others', () => {
    const cart = aCart({ lines: [aCartLine()] });
    const productId = newId<ProductId>();
    const position = (cart.lines[0]?.position ?? 0) + 1;
    const added = Cart.add(cart, { productId, quantity: 2 });
    expect(added.lines).to.deep.equal([...cart.lines, { productId, quantity: 2, position }]);
  });

  it('A cart adds to the line of a product that is in it', () => {
    const [a, b] = [aCartLine({ quantity: 3 }), aCartLine()];
    const cart = Cart.add(aCart({ lines: [a, b] }), { ...a, quantity: 4 });
    expect(cart.lines).to.deep.equal([{ ...a, quantity: 7 }, b]);
  });

  it('A cart holds 999 of a product and no more', () => {
    const line = aCartLine({ quantity: 500 });
    const cart = aCart({ lines: [line] });
    expect(Cart.add(cart, { ...line, quantity: 499 }).lines).to.deep.equal([{ ...line, quantity: 999 }]);
    const refused = { code: 'line_quantity_exceeded', details: { limit: 999 } };
    expect(refusal(() => Cart.add(cart, { ...line, quantity: 500 }))).to.deep.include(refused);
    expect(refusal(() => Cart.add(cart, { productId: newId(), quantity: 1000 }))).to.deep.include(refused);
    expect(refusal(() => Cart.setQuantity(cart, { ...line, quantity: 1000 }))).to.deep.include(refused);
  });

  it('A cart holds a hundred products and no more, but more of those that are in it', () => {
    expect(refusal(() => Cart.add(full, { productId: newId(), quantity: 1 }))).to.deep.include({
      code: 'cart_full',
      details: { limit: 100 },
    });
    const [first] = full.lines;
    expect(Cart.add(full, first ?? aCartLine()).lines[0]?.quantity).to.equal(2);
  });

  it('A cart replaces the quantity of a line and of no other', () => {
    const [a, b] = [aCartLine({ quantity: 3 }), aCartLine({ quantity: 2 })];
    const cart = Cart.setQuantity(aCart({ lines: [a, b] }), { ...a, quantity: 1 });
    expect(cart.lines).to.deep.equal([{ ...a, quantity: 1 }, b]);
  });

  it('A cart gives a line up, and all of them', () => {
    const [a, b] = [aCartLine(), aCartLine()];
    expect(Cart.remove(aCart({ lines: [a, b] }), a.productId).lines).to.deep.equal([b]);
    expect(Cart.clear(aCart({ lines: [a, b] })).lines).to.deep.equal([]);
  });

  it('A cart refuses to change or remove what is not in it', () => {
    expect(refusal(() => Cart.setQuantity(full, { productId: newId(), quantity: 1 })).code).to.equal(
      'cart_line_not_found',
    );
    expect(refusal(() => Cart.remove(full, newId())).code).to.equal('cart_line_not_found');
  });

  it('A cart gets lines back that were taken out and not ordered: units to its own lines, others behind them', () => {
    const [mine, other] = [aCartLine({ quantity: 2, position: 3 }), aCartLine({ quantity: 1 })];
    const cart = aCart({ lines: [mine], version: 4 });
    const back = [other, { ...mine, quantity: 5 }].map(({ productId, quantity }) => ({
      productId,
      quantity,
    }));
    expect(Cart.putBack(cart, back)).to.deep.equal({
      ...cart,
      version: 5,
      lines: [
        { ...mine, quantity: 7 },
        { productId: other.productId, quantity: 1, position: 4 },
      ],
    });
  });

  it('A cart gets no more back than it has room for, in units and in lines', () => {
    const full = Array.from({ length: MAX_LINES }, (_, index) =>
      aCartLine({ quantity: 998, position: index + 1 }),
    );
    const [first = aCartLine()] = full;
    const { lines } = Cart.putBack(aCart({ lines: full }), [
      { productId: first.productId, quantity: 5 },
      { productId: newId(), quantity: 1 },
    ]);
    expect(lines).to.deep.equal([{ ...first, quantity: 999 }, ...full.slice(1)]);
  });
});
