import { expect } from 'chai';
import { OrderNumber } from '#src/contexts/ordering/domain/order-number.js';
import type { OrderId } from '#src/kernel/ids.js';
import { newId } from '../support/builders/ids.js';
import { aProduct, aShopper, expectProblem, stockOf, type Shopper } from '../support/shopping.js';
import { forEachShape, type ShopUnderTest } from '../support/test-shop.js';

const BARE_ADDRESS = { line1: '12 Rose Lane', city: 'Dublin', country: 'IE' };
const NO_MORE = { name: null, line2: null, region: null, postalCode: null, phone: null };
const FULL_ADDRESS = {
  name: 'Grace 🫖',
  line1: '1 Main Street',
  line2: 'Flat 2',
  city: 'Springfield',
  region: 'IL',
  postalCode: '62701',
  country: 'US',
  phone: '+1 217 555 0100',
};

forEachShape((_shape, open) => {
  describe('Placing an order over HTTP', () => {
    let shop: ShopUnderTest;
    before(async () => {
      shop = await open();
    });
    after(() => shop.close());

    let ada: Shopper;
    let teapot: string;
    beforeEach(async () => {
      ada = await aShopper(shop);
      teapot = await aProduct(shop);
    });

    /** Nothing has been ordered, and what was in the cart is in it. */
    const expectNothingHappened = async (inCart: number): Promise<void> => {
      expect((await ada.orders()).body.items).to.deep.equal([]);
      expect((await ada.cart()).body.items).to.have.length(inCart);
      expect(await stockOf(shop, teapot)).to.include({ quantity: 5, sum: 5 });
    };

    const addAddress = async (json: object): Promise<string> =>
      (await shop.post('/customers/me/addresses', { token: ada.token, json })).body.id as string;

    for (const [post, get] of [
      ['/orders', '/orders'],
      ['/order', '/order'],
    ] as const) {
      it(`POST ${post} makes an order of the cart, which GET ${get}/:id returns`, async () => {
        const cup = await aProduct(shop, { name: 'Cup', sku: `CUP${post}`, price: 3.1, quantity: 100 });
        await ada.put(teapot, 2);
        await ada.put(cup, 3);
        const placed = await shop.post(post, { token: ada.token });
        expect(placed.status).to.equal(201);
        const { id, createdAt } = placed.body as { id: string; createdAt: string };
        expect(placed.headers).to.include({
          location: `/orders/${id}`,
          etag: '"1"',
          'cache-control': 'no-store',
        });
        expect(placed.body).to.deep.equal({
          orderId: id,
          id,
          number: OrderNumber.of(id as OrderId),
          userId: ada.id,
          status: 'pending',
          products: [
            { productId: teapot, sku: null, name: 'Teapot', unitPrice: 12.5, quantity: 2, lineTotal: 25 },
            { productId: cup, sku: `CUP${post}`, name: 'Cup', unitPrice: 3.1, quantity: 3, lineTotal: 9.3 },
          ],
          totalPrice: 34.3,
          currency: 'USD',
          shippingAddress: null,
          createdAt,
          updatedAt: createdAt,
        });
        const read = await shop.get(`${get}/${id}`, { token: ada.token });
        expect([read.status, read.headers['etag']]).to.deep.equal([200, '"1"']);
        expect(read.body).to.deep.equal(placed.body);
        expect((await ada.cart()).body).to.deep.include({ items: [], version: 3 });
        const { movements, ...stock } = await stockOf(shop, teapot);
        expect(stock).to.deep.equal({ quantity: 3, sum: 3 });
        expect(movements[0]).to.include({ delta: -2, reason: 'order', orderId: id });
      });
    }

    it('Placing an order takes an empty body, and {} for one', async () => {
      for (const json of [undefined, {}]) {
        await ada.put(teapot);
        expect((await ada.order(json)).status).to.equal(201);
      }
    });

    it('Placing an order keeps names and prices as they were', async () => {
      await ada.put(teapot);
      const { body } = await ada.order();
      await shop.patch(`/products/${teapot}`, {
        token: shop.adminToken,
        json: { name: 'Kettle', price: 99 },
      });
      expect((await shop.get(`/orders/${body.id as string}`, { token: ada.token })).body).to.deep.equal(body);
      await shop.delete(`/products/${teapot}`, { token: shop.adminToken });
      expect((await shop.get(`/orders/${body.id as string}`, { token: ada.token })).body).to.deep.equal(body);
    });

    it('Placing an order refuses an empty cart', async () => {
      expectProblem(await ada.order(), 409, 'cart_empty');
      await ada.put(teapot);
      await ada.order();
      expectProblem(await ada.order(), 409, 'cart_empty');
    });

    it('Placing an order names every line that falls short, and takes nothing', async () => {
      const [rare, gone] = [await aProduct(shop, { quantity: 1 }), await aProduct(shop)];
      await ada.put(rare, 2);
      await ada.put(teapot, 2);
      await ada.put(gone, 3);
      await shop.delete(`/products/${gone}`, { token: shop.adminToken });
      const refused = await ada.order();
      expectProblem(refused, 409, 'out_of_stock');
      expect(refused.body.lines).to.have.deep.members([
        { productId: rare, requested: 2, available: 1 },
        { productId: gone, requested: 3, available: 0 },
      ]);
      await expectNothingHappened(3);
      await shop.delete(`/cart/${gone}`, { token: ada.token });
      await shop.put(`/cart/${rare}`, { token: ada.token, json: { quantity: 1 } });
      expect((await ada.order()).status).to.equal(201);
    });

    it('Placing an order refuses another total than the customer has seen', async () => {
      await ada.put(teapot, 2);
      const seen = (await ada.cart()).body.totalPrice as number;
      await shop.patch(`/products/${teapot}`, { token: shop.adminToken, json: { price: 12.51 } });
      const refused = await ada.order({ expectedTotal: seen });
      expectProblem(refused, 409, 'total_changed');
      expect(refused.body).to.include({ expectedTotal: 25, totalPrice: 25.02 });
      await expectNothingHappened(1);
      expect((await ada.order({ expectedTotal: 25.02 })).body.totalPrice).to.equal(25.02);
    });

    it('Placing an order computes the exact sum of the highest price a hundred times 999', async () => {
      const crown = await aProduct(shop, { name: 'Crown', price: 500_000_000, quantity: 1000 });
      await ada.put(crown, 999);
      const { body } = await ada.order({ expectedTotal: 499_500_000_000 });
      expect(body.totalPrice).to.equal(499_500_000_000);
      await ada.put(crown);
      expectProblem(await ada.order({ expectedTotal: 49_950_000_000_000 }), 409, 'total_changed');
    });

    describe('goes', () => {
      const shippedTo = async (json?: object): Promise<unknown> => {
        await ada.put(teapot);
        const { status, body } = await ada.order(json);
        expect(status, JSON.stringify(body)).to.equal(201);
        return body.shippingAddress;
      };

      it('An order goes to an address written out, which does not enter the address book', async () => {
        expect(await shippedTo({ shippingAddress: FULL_ADDRESS })).to.deep.equal(FULL_ADDRESS);
        expect(await shippedTo({ shippingAddress: { ...BARE_ADDRESS, region: null } })).to.deep.equal({
          ...NO_MORE,
          ...BARE_ADDRESS,
        });
        expect((await shop.get('/customers/me', { token: ada.token })).body.addresses).to.deep.equal([]);
      });

      it('An order goes to the default address, or to another one of the address book', async () => {
        await addAddress(BARE_ADDRESS);
        const addressId = await addAddress(FULL_ADDRESS);
        expect(await shippedTo()).to.deep.equal({ ...NO_MORE, ...BARE_ADDRESS });
        expect(await shippedTo({ addressId })).to.deep.equal(FULL_ADDRESS);
      });

      it('An order goes to its address as it was, whatever becomes of the address', async () => {
        const addressId = await addAddress(FULL_ADDRESS);
        await ada.put(teapot);
        const { body } = await ada.order();
        await shop.delete(`/customers/me/addresses/${addressId}`, { token: ada.token });
        const read = await shop.get(`/orders/${body.id as string}`, { token: ada.token });
        expect(read.body.shippingAddress).to.deep.equal(FULL_ADDRESS);
      });

      it('An order goes to no address of another customer’s address book', async () => {
        const foreign = await addAddress(FULL_ADDRESS);
        ada = await aShopper(shop);
        await ada.put(teapot);
        for (const addressId of [foreign, newId()])
          expectProblem(await ada.order({ addressId }), 422, 'unknown_address');
        await expectNothingHappened(1);
      });
    });

    it('Placing an order takes a country in lower case, as the address book does', async () => {
      await ada.put(teapot);
      const { status, body } = await ada.order({ shippingAddress: { ...FULL_ADDRESS, country: 'us' } });
      expect([status, body.shippingAddress.country]).to.deep.equal([201, 'US']);
    });

    describe('refuses', () => {
      const address = (change: object) => ({ shippingAddress: { ...FULL_ADDRESS, ...change } });
      for (const [title, json, pointer] of [
        ['two addresses', { addressId: newId(), shippingAddress: FULL_ADDRESS }, ''],
        ['an address id that is no UUID', { addressId: 'home' }, '/addressId'],
        ['a total with too many decimals', { expectedTotal: 1.005 }, '/expectedTotal'],
        ['a negative total', { expectedTotal: -1 }, '/expectedTotal'],
        ['a total as text', { expectedTotal: '12.5' }, '/expectedTotal'],
        ['a total beyond every cart', { expectedTotal: 1e20 }, '/expectedTotal'],
        ['an address that is none', { shippingAddress: 'home' }, '/shippingAddress'],
        ['an address without a street', address({ line1: undefined }), '/shippingAddress/line1'],
        ['an address with an empty city', address({ city: ' ' }), '/shippingAddress/city'],
        ['a street that is too long', address({ line1: 'x'.repeat(201) }), '/shippingAddress/line1'],
        ['NUL in an address', address({ line2: 'x\0y' }), '/shippingAddress/line2'],
        ['half a surrogate pair in an address', address({ name: '\ud800' }), '/shippingAddress/name'],
        ['a country that is no code', address({ country: 'Ireland' }), '/shippingAddress/country'],
        ['a country that the standard does not know', address({ country: 'ZZ' }), '/shippingAddress/country'],
        ['a country by a reserved code', address({ country: 'UK' }), '/shippingAddress/country'],
        ['the id of an address inside of one', address({ id: newId() }), '/shippingAddress/id'],
        ['a smuggled status', { status: 'delivered' }, '/status'],
        ['a smuggled owner', { userId: newId() }, '/userId'],
        ['a smuggled total', { totalPrice: 0.01 }, '/totalPrice'],
        ['smuggled lines', { products: [] }, '/products'],
      ] as const) {
        it(title, async () => {
          await ada.put(teapot);
          const refused = await ada.order(json);
          expectProblem(refused, 422, 'invalid_body');
          expect(refused.body.errors.map((error: { pointer: string }) => error.pointer)).to.deep.equal([
            pointer,
          ]);
          await expectNothingHappened(1);
        });
      }

      it('Placing an order refuses what is no JSON object', async () => {
        for (const raw of ['{', '7', '"order"'])
          expectProblem(await shop.post('/orders', { token: ada.token, raw }), 400, 'malformed_json');
      });

      it('Placing an order refuses callers without a valid token', async () => {
        for (const path of ['/orders', '/order']) {
          expectProblem(await shop.post(path), 401, 'unauthenticated');
          expectProblem(await shop.post(path, { token: `${ada.token}x` }), 401, 'invalid_token');
        }
      });
    });
  });
});
