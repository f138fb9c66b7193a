import type { Received } from '../../support/http-client.js';
import { zip, type Call, type Scenario } from '../attack.js';
import { isSerial, type Step } from '../serial.js';

/** How many of each product, by its id. */
type Cart = Readonly<Record<string, number>>;

interface Line {
  readonly productId: string;
  readonly quantity: number;
}

const cartOf = (lines: readonly Line[]): Cart =>
  Object.fromEntries(lines.map(({ productId, quantity }) => [productId, quantity]));

/** Returns the cart in a response. */
const shown = ({ body }: Received): Cart =>
  cartOf(
    (body.items as readonly { readonly product: { readonly id: string }; readonly quantity: number }[]).map(
      ({ product, quantity }) => ({ productId: product.id, quantity }),
    ),
  );

const isSame = (one: Cart, other: Cart): boolean =>
  JSON.stringify(Object.entries(one).sort()) === JSON.stringify(Object.entries(other).sort());

const without = (cart: Cart, productId: string): Cart =>
  Object.fromEntries(Object.entries(cart).filter(([id]) => id !== productId));

/** Returns what the cart holds after a change of one line, unless the cart of the response is another one. */
const answered = (answer: Received, cart: Cart): Cart | null =>
  answer.status === 200 && isSame(cart, shown(answer)) ? cart : null;

const unchanged = (answer: Received, code: string, cart: Cart): Cart | null =>
  answer.body?.code === code ? cart : null;

type Attempt = readonly [Call, (answer: Received) => Step<Cart>];

export const cart: readonly Scenario[] = [
  {
    name: 'Cart: changed while two tabs check out',
    rounds: 8,
    refusals: ['cart_empty', 'cart_line_not_found'],
    attack: async (attack) => {
      const { ask, random } = attack;
      const [{ token } = { token: '' }] = await attack.customers(1);
      const [kept, changed, removed, added] = await Promise.all(
        [1, 2, 3, 4].map((price) => attack.product(100, price)),
      );
      if (!kept || !changed || !removed || !added) throw new Error('four products were made');
      const put = (productId: string, quantity: number): Call => ({
        method: 'post',
        path: '/cart',
        token,
        json: { productId, quantity },
      });
      for (const productId of [kept, changed, removed]) await ask(put(productId, 1));

      const checkOut: Attempt = [
        { method: 'post', path: '/orders', token },
        (answer) => ({
          then: (before) => {
            if (Object.keys(before).length === 0) return unchanged(answer, 'cart_empty', before);
            return answer.status === 201 && isSame(before, cartOf(answer.body.products)) ? {} : null;
          },
        }),
      ];
      const attempts = random.shuffled<Attempt>([
        checkOut,
        checkOut,
        [
          put(added, 2),
          (answer) => ({ then: (now) => answered(answer, { ...now, [added]: (now[added] ?? 0) + 2 }) }),
        ],
        [
          put(kept, 3),
          (answer) => ({ then: (now) => answered(answer, { ...now, [kept]: (now[kept] ?? 0) + 3 }) }),
        ],
        [
          { method: 'put', path: `/cart/${changed}`, token, json: { quantity: 5 } },
          (answer) => ({
            then: (now) =>
              changed in now
                ? answered(answer, { ...now, [changed]: 5 })
                : unchanged(answer, 'cart_line_not_found', now),
          }),
        ],
        [
          { method: 'delete', path: `/cart/${removed}`, token },
          (answer) => ({
            then: (now) =>
              removed in now
                ? answered(answer, without(now, removed))
                : unchanged(answer, 'cart_line_not_found', now),
          }),
        ],
      ]);
      const answers = await attack.race(attempts.map(([call]) => call));
      const left = shown(await ask({ method: 'get', path: '/cart', token }));
      attack.demand(
        isSerial(
          zip(attempts, answers).map(([[, step], answer]) => step(answer)),
          { [kept]: 1, [changed]: 1, [removed]: 1 },
          (state) => isSame(state, left),
        ),
        `no order of the requests explains ${JSON.stringify(answers.map(({ body: told }): unknown => told))}`,
      );
    },
  },
];
