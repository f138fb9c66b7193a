import { expect } from 'chai';
import { OrderNumber } from '#src/contexts/ordering/domain/order-number.js';
import type { NewId, OrderId } from '#src/kernel/ids.js';
import { newUuid } from '#src/platform/new-uuid.js';
import { aProduct, aShopper, expectProblem } from '../support/shopping.js';
import { forEachShop, type ShopUnderTest } from '../support/test-shop.js';

const TAIL = '6789abcdef';

/** Ids from whose last digits the same number is made first. */
const newId: NewId = () => (newUuid().slice(0, -TAIL.length) + TAIL) as never;

forEachShop((_name, open) => {
  describe('An order whose number is taken', () => {
    let shop: ShopUnderTest;
    before(async () => {
      shop = await open({ overrides: { newId: () => newId } });
    });
    after(() => shop.close());

    it('An order whose number is taken gets another one, and is placed once', async () => {
      const ada = await aShopper(shop);
      const product = await aProduct(shop, { quantity: 10 });
      const numbers: string[] = [];
      for (let placed = 0; placed < 2; placed += 1) {
        await ada.put(product);
        const { status, body } = await ada.order();
        expect(status, JSON.stringify(body)).to.equal(201);
        expect(body.number).to.equal(OrderNumber.of(body.id as OrderId, placed));
        numbers.push(body.number as string);
      }
      expect(new Set(numbers).size).to.equal(2);
      expect((await ada.orders()).body.items).to.have.length(2);
      expectProblem(await ada.order(), 409, 'cart_empty');
    });
  });
});
