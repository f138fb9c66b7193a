import type { Received } from '../../support/http-client.js';
import type { Moment } from '../../support/wire.js';
import { zip, type Attack, type Call, type Customer, type Scenario } from '../attack.js';
import { documentedMutations, mutations, type Mutation } from './mutations.js';

/** Where a connection breaks: a response is lost on the way to the client, or a COMMIT's on the way to the server. */
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
    for (const wire of toDatabase)
      wire.breakAt('COMMIT', moment, Math.ceil(calls.length / toDatabase.length));
  else for (const wire of toServers) wire.breakAt(' HTTP/1.1', moment);
  const heard = await race(calls);
  for (const wire of [...toServers, ...toDatabase]) wire.mend();
  return heard;
};

const sameAnswer = (one: Received, other: Received): boolean =>
  one.status === other.status && JSON.stringify(one.body) === JSON.stringify(other.body);

const sameIn =
  (part: (body: Received['body']) => unknown) =>
  (one: Received, other: Received): boolean =>
    part(one.body) === part(other.body);

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

const HONEST = ['outcome_unknown', 'database_unavailable'];

/** What a repeat without a key may be told when the first has happened. */
const REPEATED = [
  ...['invalid_reset_token', 'invalid_verification_token'],
  ...['email_taken', 'wrong_password', 'invalid_token', 'session_not_found', 'address_not_found'],
  ...['customer_not_found', 'product_not_found', 'category_not_found', 'cart_line_not_found'],
  'webhook_not_found',
];

/** With a key the reply is the same; without one a repeat finds what the first has left. */
const everyMutation: Scenario = {
  name: 'Retries: every call that changes something',
  rounds: 1,
  refusals: ['answer_lost', ...HONEST, ...REPEATED],
  attack: async (attack) => {
    const takesKey = documentedMutations();
    for (const trouble of breaksOn(attack)) {
      const prepared: (Mutation & { readonly id: string })[] = [];
      for (const [id, prepare] of Object.entries(mutations)) {
        const mutation = await prepare(attack);
        const key = `mutation-${String(attack.random.next())}`;
        const call = takesKey.get(id) === true ? keyed(mutation.call, key) : mutation.call;
        prepared.push({ id, ...mutation, call });
      }
      const calls = prepared.map(({ call }) => call);
      const heard = await sendInTrouble(attack, trouble, calls);
      const again = await attack.race(calls);
      for (const [{ id, isOnce, repeated, same }, [first, second]] of zip(prepared, zip(heard, again))) {
        const where = `${id}, ${trouble.join(', ')}`;
        const [told, refused] = [first.status >= 200 && first.status < 300, second.status >= 400];
        attack.demand(
          told || first.status === 0 || HONEST.includes(String(first.body?.code)),
          `${where}: answered ${String(first.status)} ${String(first.body?.code)}`,
        );
        attack.demand(
          !refused || (repeated !== undefined && second.body?.code === repeated),
          `${where}: the repeat was answered ${String(second.status)} ${String(second.body?.code)}`,
        );
        const isSame = takesKey.get(id) === true ? sameAnswer : same && sameIn(same);
        attack.demand(!told || refused || isSame?.(first, second) !== false, `${where}: two answers`);
        attack.demand(await isOnce(), `${where}: it has not happened just once`);
      }
    }
  },
};

export const retries: readonly Scenario[] = [retriedOrders, blindRepeats, everyMutation];
