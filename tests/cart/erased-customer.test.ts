import { expect } from 'chai';
import { addToCart } from '#src/contexts/cart/application/change-cart.js';
import type { CustomerId, ProductId } from '#src/kernel/ids.js';
import { refusalOf } from '../support/contract-tools.js';
import { aProduct } from '../support/shopping.js';
import { forEachShop, type ShopUnderTest } from '../support/test-shop.js';
import { performing } from '../support/performing.js';

forEachShop((name, open) => {
  describe(`The cart of an erased customer on ${name}`, () => {
    let shop: ShopUnderTest;
    before(async () => (shop = await open()));
    after(() => shop.close());

    it('The cart of an erased customer is not made anew by a request that was under way when they were erased', async () => {
      const { parts } = shop.shop;
      const { id, token } = await shop.signUp();
      const productId = (await aProduct(shop)) as ProductId;
      expect((await shop.delete('/customers/me', { token })).status).to.equal(204);
      // The request has passed the check of its token; what it does comes after the erasure.
      const add = performing(parts.contexts.cart.transact)(addToCart);
      const adding = add(id as CustomerId, { productId, quantity: 1 }, undefined);
      expect(await refusalOf(adding)).to.equal('customer_not_found');
      const { carts } = parts.persistence.outside;
      expect(await carts.find(id as CustomerId)).to.equal(null);
    });
  });
});
