import type { Received } from '../../support/http-client.js';
import type { Moment } from '../../support/wire.js';
import { zip, type Attack, type Call, type Customer, type Scenario } from '../attack.js';

/** Where a connection breaks: an answer is lost on the way to the client, or a COMMIT's on the way to the server. */
const BREAKS: readonly (readonly ['client' | 'database', Moment])[] = [
  ['client', 'before'],
  ['client', 'after'],
  ['database', 'before'],
  ['database', 'after'],
];

const AT_ONCE = 5;

const keyed = (call: Call, key: string): Call => ({ ...call, headers: { 'Idempotency-Key': key } });

/** Sends the requests while connections break, then mends them: what the clients have heard. */
const sendInTrouble = async (
  { wires, race }: Attack,
  [where, moment]: (typeof BREAKS)[number],
  calls: readonly Call[],
): Promise<readonly Received[]> => {
  const { toServers, toDatabase } = wires;
  if (where === 'database')
    for (const wire of toDatabase) wire.breakAt('COMMIT', moment, Math.ceil(AT_ONCE / toDatabase.length));
  else for (const wire of toServers) wire.breakAt(`${calls[0]?.method.toUpperCase() ?? ''} /`, moment);
  const heard = await race(calls);
  for (const wire of [...toServers, ...toDatabase]) wire.mend();
  return heard;
};

const sameAnswer = (one: Received, other: Received): boolean =>
  one.status === other.status && JSON.stringify(one.body) === JSON.stringify(other.body);

const ordersOf = async ({ ask }: Attack, { token }: Customer): Promise<readonly { readonly id: string }[]> =>
  (await ask({ method: 'get', path: '/orders/mine', token })).body.items as readonly {
    readonly id: string;
  }[];

const putOne = ({ ask }: Attack, { token }: Customer, productId: string): Promise<Received> =>
  ask({ method: 'post', path: '/cart', token, json: { productId, quantity: 1 } });

/** Every way to break, on what the database allows. */
const breaksOn = ({ wires }: Attack): typeof BREAKS =>
  wires.toDatabase.length === 0 ? BREAKS.filter(([where]) => where === 'client') : BREAKS;

const retriedOrders: Scenario = {
  name: 'Retries: orders with a key, whose answer is lost',
  rounds: 2,
  refusals: ['answer_lost', 'outcome_unknown', 'database_unavailable'],
  attack: async (attack) => {
    for (const trouble of breaksOn(attack)) {
      const [customers, productId] = [await attack.customers(AT_ONCE), await attack.product(100)];
      for (const customer of customers) await putOne(attack, customer, productId);
      const calls = customers.map(({ token }) =>
        keyed({ method: 'post', path: '/orders', token }, `order-${String(attack.random.next())}`),
      );
      const heard = await sendInTrouble(attack, trouble, calls);
      const again = await attack.race(calls);
      const where = trouble.join(', ');
      for (const [first, second] of zip(heard, again)) {
        attack.demand(second.status === 201, `${where}: the repeat was answered ${String(second.status)}`);
        attack.demand(first.status !== 201 || sameAnswer(first, second), `${where}: two answers to one key`);
      }
      for (const [customer, answer] of zip(customers, again)) {
        const orders = await ordersOf(attack, customer);
        attack.demand(
          orders.length === 1 && orders[0]?.id === answer.body.id,
          `${where}: ${String(orders.length)} orders were made with one key`,
        );
      }
    }
  },
};

const blindRepeats: Scenario = {
  name: 'Retries: orders without a key, repeated blindly',
  rounds: 2,
  refusals: ['answer_lost', 'outcome_unknown', 'database_unavailable', 'cart_empty'],
  attack: async (attack) => {
    for (const trouble of breaksOn(attack)) {
      const [customers, productId] = [await attack.customers(AT_ONCE), await attack.product(100)];
      for (const customer of customers) await putOne(attack, customer, productId);
      const calls = customers.map(({ token }): Call => ({ method: 'post', path: '/orders', token }));
      const heard = await sendInTrouble(attack, trouble, calls);
      const again = await attack.race(calls);
      for (const [customer, [first, second]] of zip(customers, zip(heard, again))) {
        const orders = await ordersOf(attack, customer);
        attack.demand(
          orders.length === 1 &&
            (first.status !== 201 || second.body?.code === 'cart_empty') &&
            (first.body?.code !== 'database_unavailable' || second.status === 201),
          `${trouble.join(', ')}: ${String(orders.length)} orders after ${String(first.status)} and ${String(second.status)}`,
        );
      }
    }
  },
};

/** A call, and how often it has happened by what can be read. */
interface Counted {
  readonly call: Call;
  readonly count: () => Promise<number>;
}

/** A POST of each kind besides orders, by somebody to whom nothing else has happened. */
const posts = async ({
  adminToken,
  ask,
  customers,
  product,
  random,
}: Attack): Promise<readonly Counted[]> => {
  const [{ token } = { token: '' }] = await customers(1);
  const [inCart, counted] = [await product(10), await product(10)];
  const name = `Name ${String(random.next())}`;
  const read = async (path: string, by = adminToken): Promise<Received> =>
    ask({ method: 'get', path, token: by });
  const address = { line1: '1 Water Street', city: 'Nantucket', postalCode: '02554', country: 'US' };
  const listed = async (path: string, by?: string): Promise<number> =>
    (await read(path, by)).body.items.length as number;
  return [
    {
      call: { method: 'post', path: '/cart', token, json: { productId: inCart, quantity: 1 } },
      count: async () => ((await read('/cart', token)).body.items[0]?.quantity ?? 0) as number,
    },
    {
      call: { method: 'post', path: '/customers/me/addresses', token, json: address },
      count: () => listed('/customers/me/addresses', token),
    },
    {
      call: {
        method: 'post',
        path: `/products/${counted}/stock-adjustments`,
        token: adminToken,
        json: { delta: 1 },
      },
      count: async () => (await read(`/products/${counted}`)).body.quantity - 10,
    },
    {
      call: {
        method: 'post',
        path: '/products',
        token: adminToken,
        json: { name, description: '', price: 1, quantity: 1 },
      },
      count: () => listed(`/products?q=${encodeURIComponent(name)}`),
    },
  ];
};

const retriedPosts: Scenario = {
  name: 'Retries: other POSTs with a key',
  rounds: 2,
  refusals: ['answer_lost', 'outcome_unknown', 'database_unavailable'],
  attack: async (attack) => {
    for (const trouble of breaksOn(attack)) {
      const counted = await posts(attack);
      const calls = counted.map(({ call }) => keyed(call, `post-${String(attack.random.next())}`));
      const heard = await sendInTrouble(attack, trouble, calls);
      const again = await attack.race(calls);
      for (const [{ call, count }, [first, second]] of zip(counted, zip(heard, again))) {
        const where = `${call.path}, ${trouble.join(', ')}`;
        const times = await count();
        attack.demand(times === 1, `${where}: it happened ${String(times)} times`);
        attack.demand(
          first.status === 0 || first.status >= 400 || sameAnswer(first, second),
          `${where}: two answers`,
        );
      }
    }
  },
};

/** What is named by its path may be changed again: the second time leaves what the first has left. */
const retriedChanges: Scenario = {
  name: 'Retries: PUT, PATCH and DELETE, repeated',
  rounds: 2,
  refusals: ['answer_lost', 'outcome_unknown', 'database_unavailable', 'cart_line_not_found'],
  attack: async (attack) => {
    const { ask } = attack;
    for (const trouble of breaksOn(attack)) {
      for (const method of ['put', 'patch', 'delete'] as const) {
        const productId = await attack.product(10);
        const customers = await attack.customers(AT_ONCE);
        const calls: Call[] = [];
        for (const customer of customers) {
          const { token } = customer;
          await putOne(attack, customer, productId);
          const path = `/cart/${productId}`;
          if (method === 'put') calls.push({ method, path, token, json: { quantity: 7 } });
          else if (method === 'delete') calls.push({ method, path, token });
          else {
            const order = await ask({ method: 'post', path: '/orders', token });
            calls.push({
              method,
              path: `/orders/${order.body.id as string}`,
              token,
              json: { status: 'cancelled' },
            });
          }
        }
        await sendInTrouble(attack, trouble, calls);
        await attack.race(calls);
        for (const { token } of customers) {
          const { items } = (await ask({ method: 'get', path: '/cart', token })).body as {
            readonly items: readonly { readonly quantity: number }[];
          };
          const left = items.map(({ quantity }) => quantity).join();
          attack.demand(
            left === (method === 'put' ? '7' : ''),
            `${method}, ${trouble.join(', ')}: ${left} is left`,
          );
        }
        const { quantity } = (await ask({ method: 'get', path: `/products/${productId}` })).body as {
          quantity: number;
        };
        attack.demand(quantity === 10, `${method}, ${trouble.join(', ')}: ${String(quantity)} units of 10`);
      }
    }
  },
};

export const retries: readonly Scenario[] = [retriedOrders, blindRepeats, retriedPosts, retriedChanges];
