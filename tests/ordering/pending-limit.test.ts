import { expect } from 'chai';
import type { ProductId } from '#src/kernel/ids.js';
import type { ReplaceRepositories } from '#src/main/persistence/persistence.js';
import { tally } from '../support/contract-tools.js';
import { aProduct, aShopper, expectProblem, outcome, stockOf, type Shopper } from '../support/shopping.js';
import { forEachShop, testShop, type ShopUnderTest } from '../support/test-shop.js';

const statuses = async (shopper: Shopper): Promise<readonly string[]> => {
  const { items } = (await shopper.orders()).body as { items: readonly { status: string }[] };
  return items.map(({ status }) => status);
};

describe('The maximum of pending orders', () => {
  let shop: ShopUnderTest;
  let product: string;
  const open = async (PENDING_ORDERS_MAX: string): Promise<void> => {
    shop = await testShop({ environment: { PENDING_ORDERS_MAX } });
    product = await aProduct(shop, { quantity: 100 });
  };
  afterEach(() => shop.close());

  const orderOne = async (shopper: Shopper) => {
    await shopper.put(product);
    return shopper.order();
  };
  const moveTo = (id: string, status: string) =>
    shop.patch(`/orders/${id}`, { token: shop.adminToken, json: { status } });

  it('The maximum of pending orders is named by a refusal, which changes nothing', async () => {
    await open('10');
    const [ada, bob] = [await aShopper(shop), await aShopper(shop)];
    for (let placed = 0; placed < 10; placed += 1) expect((await orderOne(ada)).status).to.equal(201);
    const refused = await orderOne(ada);
    expectProblem(refused, 409, 'too_many_pending_orders');
    expect(refused.body.limit).to.equal(10);
    expect(await statuses(ada)).to.deep.equal(Array<string>(10).fill('pending'));
    expect((await ada.cart()).body.items).to.have.length(1);
    expect(await stockOf(shop, product)).to.include({ quantity: 90, sum: 90 });
    expect((await orderOne(bob)).status, 'another customer').to.equal(201);
    expectProblem(await shop.post('/order', { token: ada.token }), 409, 'too_many_pending_orders');
  });

  it('The maximum of pending orders leaves room again when an order is confirmed or cancelled', async () => {
    await open('2');
    const ada = await aShopper(shop);
    const ids = [(await orderOne(ada)).body.id as string, (await orderOne(ada)).body.id as string] as const;
    expectProblem(await orderOne(ada), 409, 'too_many_pending_orders');
    await moveTo(ids[0], 'confirmed');
    expect((await ada.order()).status).to.equal(201);
    expectProblem(await orderOne(ada), 409, 'too_many_pending_orders');
    await ada.cancel(ids[1]);
    expect((await ada.order()).status).to.equal(201);
    expect((await statuses(ada)).filter((status) => status === 'pending')).to.have.length(2);
  });

  it('The maximum of pending orders is not reported to a caller whose cart is empty', async () => {
    await open('1');
    const ada = await aShopper(shop);
    expect((await orderOne(ada)).status).to.equal(201);
    expectProblem(await ada.order(), 409, 'cart_empty');
  });

  it('The maximum of pending orders does not prevent the replay of an earlier order under its Idempotency-Key', async () => {
    await open('1');
    const ada = await aShopper(shop);
    await ada.put(product);
    const headers = { 'Idempotency-Key': 'once' };
    const place = () => shop.post('/orders', { token: ada.token, headers });
    const first = await place();
    await ada.put(product);
    const again = await place();
    expect(again).to.deep.include({ status: 201, body: first.body });
    expect(again.headers['idempotent-replayed']).to.equal('true');
    expectProblem(await ada.order(), 409, 'too_many_pending_orders');
  });

  it('The maximum of pending orders is none where the shop sets 0', async () => {
    await open('0');
    const ada = await aShopper(shop);
    for (let placed = 0; placed < 12; placed += 1) expect((await orderOne(ada)).status).to.equal(201);
  });
});

/** A shop in which every order finds its cart full, however many have emptied it: nothing but the limit is in their way. */
const fullCarts = (product: () => string): ReplaceRepositories => ({
  carts: (original) => ({
    ...original,
    empty: () => Promise.resolve([{ productId: product() as ProductId, quantity: 1, position: 1 }]),
  }),
});

forEachShop((name, open) => {
  describe(`The maximum of pending orders on ${name}`, () => {
    let product = '';
    let shop: ShopUnderTest;
    before(async () => {
      shop = await open({
        overrides: { replaceRepositories: () => fullCarts(() => product) },
        environment: { PENDING_ORDERS_MAX: '3' },
      });
      product = await aProduct(shop, { quantity: 100 });
    });
    after(() => shop.close());

    it('The maximum of pending orders holds when one customer places twenty orders at once', async () => {
      const ada = await aShopper(shop);
      const answers = await Promise.all(Array.from({ length: 20 }, () => ada.order()));
      expect(tally(answers.map(outcome))).to.deep.equal({ '201': 3, '409 too_many_pending_orders': 17 });
      expect(await statuses(ada)).to.deep.equal(['pending', 'pending', 'pending']);
      expect(await stockOf(shop, product)).to.include({ quantity: 97, sum: 97 });
    });
  });
});
