import { expect } from 'chai';
import { tally } from '../support/contract-tools.js';
import { eventually } from '../support/eventually.js';
import type { Received } from '../support/http-client.js';
import { anOrderedShopper, aProduct, aShopper, outcome, stockOf, type Shopper } from '../support/shopping.js';
import { forEachShop, type ShopUnderTest } from '../support/test-shop.js';

const outcomes = async (calls: readonly Promise<Received>[]): Promise<Readonly<Record<string, number>>> =>
  tally((await Promise.all(calls)).map(outcome));

const rounds = (count: number): readonly number[] => Array.from({ length: count }, (_, n) => n);

forEachShop((name, open) => {
  describe(`A busy shop on ${name}`, () => {
    let shop: ShopUnderTest;
    before(async () => {
      shop = await open();
    });
    after(() => shop.close());

    /** Signed up one after another: the shop hashes only so many passwords at once. */
    const shoppers = async (count: number): Promise<readonly Shopper[]> => {
      const all: Shopper[] = [];
      for (let each = 0; each < count; each += 1) all.push(await aShopper(shop));
      return all;
    };
    const asAdmin = (orderId: string, status: string): Promise<Received> =>
      shop.patch(`/orders/${orderId}`, { token: shop.adminToken, json: { status } });
    const ordersOf = async ({ id }: Shopper) =>
      (await shop.get(`/orders?customerId=${id}&limit=100`, { token: shop.adminToken })).body
        .items as readonly {
        readonly status: string;
        readonly totalPrice: number;
        readonly shippingAddress: object | null;
        readonly products: readonly { readonly quantity: number }[];
      }[];

    it('A busy shop sells ten pieces to ten of fifty customers', async () => {
      const product = await aProduct(shop, { quantity: 10 });
      const customers = await shoppers(50);
      await Promise.all(customers.map(({ put }) => put(product)));
      const answers = await Promise.all(customers.map(({ order }) => order()));
      expect(tally(answers.map(outcome))).to.deep.equal({ '201': 10, '409 out_of_stock': 40 });
      const { movements, ...stock } = await stockOf(shop, product);
      expect(stock).to.deep.equal({ quantity: 0, sum: 0 });
      expect(movements.map(({ delta }) => delta)).to.deep.equal([...Array<number>(10).fill(-1), 10]);
      const sold = answers.filter(({ status }) => status === 201).map(({ body }) => body.id as string);
      expect(movements.slice(0, 10).map(({ orderId }) => orderId)).to.have.members(sold);
      // Who got nothing has it in the cart still, and no order.
      for (const [status, ordered] of [
        [201, 1],
        [409, 0],
      ] as const) {
        const customer = customers[answers.findIndex((answer) => answer.status === status)];
        expect(customer && (await ordersOf(customer))).to.have.length(ordered);
        expect((await customer?.cart())?.body.items).to.have.length(1 - ordered);
      }
    });

    it('A busy shop makes one order of one cart that two tabs order', async () => {
      const [ada, product] = [await aShopper(shop), await aProduct(shop, { quantity: 100 })];
      for (const round of rounds(5)) {
        await ada.put(product, 2);
        expect(await outcomes([ada.order(), ada.order()])).to.deep.equal({ '201': 1, '409 cart_empty': 1 });
        expect(await ordersOf(ada)).to.have.length(round + 1);
      }
      expect(await stockOf(shop, product)).to.include({ quantity: 90, sum: 90 });
    });

    it('A busy shop loses nothing of what is put into a cart that is being ordered', async () => {
      const [ada, product] = [await aShopper(shop), await aProduct(shop, { quantity: 100 })];
      await ada.put(product);
      const calls = [
        ...rounds(6).map(() => ada.put(product)),
        ada.order(),
        ...rounds(6).map(() => ada.put(product)),
      ];
      expect(await outcomes(calls)).to.deep.equal({ '200': 12, '201': 1 });
      const [order] = await ordersOf(ada);
      const left = (await ada.cart()).body.items as readonly { quantity: number }[];
      expect((order?.products[0]?.quantity ?? 0) + (left[0]?.quantity ?? 0)).to.equal(13);
    });

    it('A busy shop takes every order over the same products, whatever the order of their lines', async () => {
      const products = await Promise.all(rounds(4).map(() => aProduct(shop, { quantity: 100 })));
      const customers = await shoppers(16);
      await Promise.all(
        customers.map(async ({ put }, n) => {
          for (const product of n % 2 === 0 ? products : products.toReversed()) await put(product);
        }),
      );
      expect(await outcomes(customers.map(({ order }) => order()))).to.deep.equal({ '201': 16 });
      for (const product of products)
        expect(await stockOf(shop, product)).to.include({ quantity: 84, sum: 84 });
    });

    it('A busy shop gives the stock back once when several requests cancel one order', async () => {
      for (let round = 0; round < 5; round += 1) {
        const { shopper, orderId, productId } = await anOrderedShopper(shop);
        const calls = rounds(3).flatMap(() => [shopper.cancel(orderId), asAdmin(orderId, 'cancelled')]);
        expect(await outcomes(calls)).to.deep.equal({ '200': 6 });
        expect(await stockOf(shop, productId)).to.include({ quantity: 5, sum: 5 });
      }
    });

    it('A busy shop confirms an order or lets its owner cancel it, never both', async () => {
      for (const round of rounds(8)) {
        const { shopper, orderId, productId } = await anOrderedShopper(shop);
        const cancel = () => shopper.cancel(orderId);
        const confirm = () => asAdmin(orderId, 'confirmed');
        const calls = round % 2 === 0 ? [cancel(), confirm()] : [confirm(), cancel()];
        expect(await outcomes(calls)).to.deep.equal({ '200': 1, '409 illegal_transition': 1 });
        const [order] = await ordersOf(shopper);
        const left = order?.status === 'cancelled' ? 5 : 4;
        expect(order?.status).to.be.oneOf(['cancelled', 'confirmed']);
        expect(await stockOf(shop, productId)).to.include({ quantity: left, sum: left });
      }
    });

    it('A busy shop sells a product before it leaves the shop, or not at all', async () => {
      for (let round = 0; round < 5; round += 1) {
        const [ada, product] = [await aShopper(shop), await aProduct(shop)];
        await ada.put(product, 2);
        const [order, removal] = await Promise.all([
          ada.order(),
          shop.delete(`/products/${product}`, { token: shop.adminToken }),
        ]);
        expect(removal.status).to.equal(204);
        if (order.status !== 201) {
          expect(outcome(order)).to.equal('409 out_of_stock');
          expect(order.body.lines).to.deep.equal([{ productId: product, requested: 2, available: 0 }]);
        }
        expect(await ordersOf(ada)).to.have.length(order.status === 201 ? 1 : 0);
      }
    });

    it('A busy shop never charges another total than the expected one, however prices change', async () => {
      const product = await aProduct(shop, { quantity: 100 });
      for (const round of rounds(6)) {
        const ada = await aShopper(shop);
        const expectedTotal = (await ada.put(product)).body.totalPrice as number;
        const json = { price: 20 + round };
        const [order, edit] = await Promise.all([
          ada.order({ expectedTotal }),
          shop.patch(`/products/${product}`, { token: shop.adminToken, json }),
        ]);
        expect(edit.status).to.equal(200);
        expect(outcome(order)).to.be.oneOf(['201', '409 total_changed']);
        const totals = (await ordersOf(ada)).map(({ totalPrice }) => totalPrice);
        expect(totals).to.deep.equal(order.status === 201 ? [expectedTotal] : []);
      }
    });

    it('A busy shop leaves no open order and no address of a customer who is erased while ordering', async () => {
      for (let round = 0; round < 6; round += 1) {
        const [ada, product] = [await aShopper(shop), await aProduct(shop)];
        await ada.put(product);
        const shippingAddress = { line1: '12 Rose Lane', city: 'Dublin', country: 'IE' };
        const [order, erasure] = await Promise.all([
          ada.order({ shippingAddress }),
          shop.delete('/customers/me', { token: ada.token }),
        ]);
        expect(erasure.status).to.equal(204);
        // Services may have begun to place it.
        const refusals = ['401 invalid_token', '404 customer_not_found', '503 placement_expired'];
        expect(outcome(order)).to.be.oneOf(['201', ...refusals]);
        const orders = await eventually(async () => {
          const seen = await ordersOf(ada);
          return seen.every(({ shippingAddress: to }) => to === null) ? seen : null;
        }, 'the addresses of orders to be removed');
        expect(orders.map(({ status }) => status)).to.deep.equal(order.status === 201 ? ['cancelled'] : []);
        // In services, that of an order which was not placed returns when its reservation expires.
        if (name !== 'services' || order.status === 201)
          await eventually(async () => (await stockOf(shop, product)).quantity === 5, 'the stock to return');
        if (name !== 'services') expect(await stockOf(shop, product)).to.include({ quantity: 5, sum: 5 });
      }
    });

    it('A busy shop lists orders from the first moment of time to the last', async () => {
      const { shopper } = await anOrderedShopper(shop);
      const list = (span: string) =>
        shop.get(`/orders?customerId=${shopper.id}&${span}`, { token: shop.adminToken });
      const { status, body } = await list('from=0001-01-01T00:00:00Z&to=9999-12-31T23:59:59.999Z');
      expect([status, body.items.length]).to.deep.equal([200, 1]);
      for (const span of [
        'from=0001-01-01T00:00:00%2B00:01',
        'from=0000-12-31T23:59:59Z',
        'to=9999-12-31T23:59:59-00:01',
      ])
        expect(outcome(await list(span))).to.equal('400 invalid_query');
    });
  });
});
