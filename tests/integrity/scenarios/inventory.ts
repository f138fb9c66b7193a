import type { Received } from '../../support/http-client.js';
import { zip, type Attack, type Call, type Customer, type Scenario } from '../attack.js';

const put = ({ token }: Customer, productId: string, quantity = 1): Call => ({
  method: 'post',
  path: '/cart',
  token,
  json: { productId, quantity },
});
const order = ({ token }: Customer): Call => ({ method: 'post', path: '/orders', token });

/** Puts the same into every cart, each in an order of its own. */
const fillCarts = (
  { ask }: Attack,
  customers: readonly Customer[],
  productsOf: (index: number) => readonly string[],
): Promise<unknown> =>
  Promise.all(
    customers.map(async (customer, index) => {
      for (const productId of productsOf(index)) await ask(put(customer, productId));
    }),
  );

const quantityOf = async ({ ask }: Attack, productId: string): Promise<number> =>
  (await ask({ method: 'get', path: `/products/${productId}` })).body.quantity as number;

const placed = (answers: readonly Received[]): readonly Received[] =>
  answers.filter(({ status }) => status === 201);

interface ShortLine {
  readonly productId: string;
  readonly requested: number;
  readonly available: number;
}

/** A refusal names a line, and each line that it names is one of these products. */
const demandLines = ({ demand }: Attack, answers: readonly Received[], products: readonly string[]): void => {
  for (const { body } of answers.filter((answer) => answer.body?.code === 'out_of_stock')) {
    const lines = body.lines as readonly ShortLine[];
    demand(
      lines.length > 0 &&
        lines.every(({ productId, requested }) => products.includes(productId) && requested === 1),
      `a refusal does not name its lines: ${JSON.stringify(lines)}`,
    );
  }
};

const CUSTOMERS = 50;
const STOCK = 10;

const lastUnits: Scenario = {
  name: 'Inventory: 50 customers, 10 units',
  rounds: 2,
  refusals: ['out_of_stock'],
  attack: async (attack) => {
    const [productId, customers] = [await attack.product(STOCK), await attack.customers(CUSTOMERS)];
    await fillCarts(attack, customers, () => [productId]);
    const answers = await attack.race(attack.random.shuffled(customers).map(order));
    const sold = placed(answers).length;
    attack.demand(sold === STOCK, `${String(sold)} of ${String(STOCK)} units were sold`);
    attack.demand((await quantityOf(attack, productId)) === 0, 'something is left of what was sold out');
    demandLines(attack, answers, [productId]);
  },
};

const oppositeLines: Scenario = {
  name: 'Inventory: lines in opposite order',
  rounds: 3,
  refusals: ['out_of_stock'],
  attack: async (attack) => {
    const stock = 12;
    const products = await Promise.all([1, 2, 3, 4].map(() => attack.product(stock)));
    const customers = await attack.customers(20);
    await fillCarts(attack, customers, (index) => (index % 2 === 0 ? products : products.toReversed()));
    const answers = await attack.race(attack.random.shuffled(customers).map(order));
    const sold = placed(answers).length;
    attack.demand(sold === stock, `${String(sold)} of ${String(stock)} orders were placed`);
    for (const productId of products)
      attack.demand((await quantityOf(attack, productId)) === 0, 'something is left of what was sold out');
    demandLines(attack, answers, products);
  },
};

/** What each accepted request has added to the stock. */
const movementOf = (call: Call, answer: Received): number => {
  if (answer.status >= 400) return 0;
  if (call.path.endsWith('/stock-adjustments')) return (call.json as { delta: number }).delta;
  if (call.path === '/orders') return -1;
  return call.path.startsWith('/orders/') ? 1 : 0;
};

const againstTheOffice: Scenario = {
  name: 'Inventory: adjustments, edits, cancellations',
  rounds: 3,
  refusals: ['out_of_stock', 'stock_out_of_range'],
  attack: async (attack) => {
    const { adminToken: token, ask, random } = attack;
    const stock = 8;
    const earlier = await attack.customers(6);
    const productId = await attack.product(stock + earlier.length);
    await fillCarts(attack, earlier, () => [productId]);
    const orders = await Promise.all(earlier.map((customer) => ask(order(customer))));
    const customers = await attack.customers(24);
    await fillCarts(attack, customers, () => [productId]);

    const path = `/products/${productId}`;
    const calls = random.shuffled<Call>([
      ...customers.map(order),
      ...orders.map(({ body }, index): Call => ({
        method: 'patch',
        path: `/orders/${body.id as string}`,
        token: earlier[index]?.token ?? token,
        json: { status: 'cancelled' },
      })),
      ...[3, -2, 2, -4].map((delta): Call => ({
        method: 'post',
        path: `${path}/stock-adjustments`,
        token,
        json: { delta },
      })),
      ...[11, 12, 13].map((price): Call => ({ method: 'patch', path, token, json: { price } })),
    ]);
    const answers = await attack.race(calls);
    const expected = zip(calls, answers).reduce(
      (left, [call, answer]) => left + movementOf(call, answer),
      stock,
    );
    const left = await quantityOf(attack, productId);
    attack.demand(
      left === expected,
      `${String(left)} units are left, and by what was answered ${String(expected)}`,
    );
    const prices = [10, 11, 12, 13];
    attack.demand(
      placed(answers).every(({ body }) => !('totalPrice' in body) || prices.includes(body.totalPrice)),
      'an order was sold at a price that never was',
    );
    demandLines(attack, answers, [productId]);
  },
};

const withdrawn: Scenario = {
  name: 'Inventory: deletion of what is ordered',
  rounds: 3,
  refusals: ['out_of_stock'],
  attack: async (attack) => {
    const { adminToken: token, random } = attack;
    const [kept, leaving] = [await attack.product(100), await attack.product(100)];
    const customers = await attack.customers(20);
    await fillCarts(attack, customers, (index) => (index % 2 === 0 ? [kept, leaving] : [leaving, kept]));
    const calls = random.shuffled<Call>(customers.map(order));
    const deletion: Call = { method: 'delete', path: `/products/${leaving}`, token };
    const at = random.integer(0, calls.length);
    const answers = await attack.race([...calls.slice(0, at), deletion, ...calls.slice(at)]);
    const sold = placed(answers).length;
    const left = await quantityOf(attack, kept);
    attack.demand(left === 100 - sold, `${String(100 - left)} units went into ${String(sold)} orders`);
    demandLines(attack, answers, [leaving]);
  },
};

export const inventory: readonly Scenario[] = [lastUnits, oppositeLines, againstTheOffice, withdrawn];
