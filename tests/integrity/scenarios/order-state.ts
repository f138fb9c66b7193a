import type { Received } from '../../support/http-client.js';
import { zip, type Attack, type Call, type Customer, type Scenario } from '../attack.js';
import { isSerial, type Step } from '../serial.js';

/** Where an order may go, for administrators; its customer may cancel it while it is pending. */
const NEXT: Readonly<Record<string, readonly string[]>> = {
  pending: ['confirmed', 'cancelled'],
  confirmed: ['shipped', 'cancelled'],
  shipped: ['delivered'],
  delivered: [],
  cancelled: [],
};

interface Move {
  readonly by: 'admin' | 'customer';
  readonly to: string;
}

/** Returns what a move does to an order of that status, if its response was the right one. */
const stepOf = ({ by, to }: Move, { status, body }: Received): Step<string> => ({
  then: (from) => {
    const open = by === 'customer' && from !== 'pending' ? [] : (NEXT[from] ?? []);
    if (from === to || open.includes(to)) return status === 200 && body.status === to ? to : null;
    return body?.code === 'illegal_transition' && body.from === from ? from : null;
  },
});

const anOrder = async ({ ask }: Attack, { token }: Customer, productId: string): Promise<string> => {
  await ask({ method: 'post', path: '/cart', token, json: { productId, quantity: 2 } });
  return (await ask({ method: 'post', path: '/orders', token })).body.id as string;
};

/** Signs up a user whom the first administrator has promoted. */
const secondAdministrator = async (attack: Attack): Promise<Customer> => {
  const [person = { id: '', token: '' }] = await attack.customers(1);
  const json = { role: 'admin' };
  await attack.ask({ method: 'patch', path: `/users/${person.id}`, token: attack.adminToken, json });
  return person;
};

/** Moves one order in every way at once, and looks for one history that explains all responses. */
const raceOverOneOrder = async (attack: Attack, moves: readonly Move[]): Promise<void> => {
  const { adminToken, ask, random } = attack;
  const second = await secondAdministrator(attack);
  const [customer = second] = await attack.customers(1);
  const productId = await attack.product(10);
  const id = await anOrder(attack, customer, productId);
  const path = `/orders/${id}`;
  const shuffled = random.shuffled(moves);
  const answers = await attack.race(
    shuffled.map(({ by, to }, index): Call => ({
      method: 'patch',
      path,
      token: by === 'customer' ? customer.token : index % 2 === 0 ? adminToken : second.token,
      json: { status: to },
    })),
  );
  const { status } = (await ask({ method: 'get', path, token: adminToken })).body as { status: string };
  attack.demand(
    isSerial(
      zip(shuffled, answers).map(([move, answer]) => stepOf(move, answer)),
      'pending',
      (state) => state === status,
    ),
    `no history explains that the order is ${status}, and ${JSON.stringify(
      zip(shuffled, answers).map(([move, answer]) => [move, answer.status]),
    )}`,
  );
  const { body } = await ask({ method: 'get', path: `/products/${productId}` });
  const expected = status === 'cancelled' ? 10 : 8;
  attack.demand(
    body.quantity === expected,
    `${String(body.quantity)} units are left of 10 when 2 are ${status}`,
  );
};

export const orderState: readonly Scenario[] = [
  {
    name: 'Order state: confirmed and cancelled at once',
    rounds: 8,
    refusals: ['illegal_transition'],
    attack: (attack) =>
      raceOverOneOrder(attack, [
        { by: 'admin', to: 'confirmed' },
        { by: 'admin', to: 'cancelled' },
        { by: 'admin', to: 'shipped' },
        { by: 'customer', to: 'cancelled' },
        { by: 'customer', to: 'cancelled' },
      ]),
  },
  {
    name: 'Order state: all the way, twice',
    rounds: 4,
    refusals: ['illegal_transition'],
    attack: (attack) =>
      raceOverOneOrder(
        attack,
        ['confirmed', 'confirmed', 'shipped', 'shipped', 'delivered', 'delivered', 'cancelled'].map((to) => ({
          by: 'admin',
          to,
        })),
      ),
  },
];
