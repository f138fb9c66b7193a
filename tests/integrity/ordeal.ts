import { gate } from '../support/contract-tools.js';
import { eventually } from '../support/eventually.js';
import type { Received } from '../support/http-client.js';
import type { Call, Outcome } from './attack.js';
import type { AttackedShop } from './attacked-shop.js';
import { seededRandom, type Random } from './random.js';
import { unlikeFiles, unlikeWhatPeopleKnow, type KnownOrder } from './what-people-know.js';

/** Something bad that happens to a shop at its busiest. */
export interface Ordeal {
  readonly name: string;
  /** The codes of the refusals that it may cause. */
  readonly refusals: readonly string[];
  /** Strikes, and returns how to repair the damage. */
  readonly strike: (shop: AttackedShop, random: Random) => Promise<() => Promise<void>>;
  /** Left alone until every customer has been refused; else it is made good at once. */
  readonly lasts?: true;
  /**
   * The servers may hide it from all clients by failing over: instead of the refused requests, those count as interrupted that
   * had no response when it happened. The servers' logs must mention it.
   */
  readonly hidden?: true;
  /** The servers' response to health probes, as long as it lasts. */
  readonly readiness?: 200 | 503;
}

const CUSTOMERS = 8;
const PRODUCTS = 3;
const STOCK = 10_000;
/** Maximum number of a customer's orders, so that those who meet no trouble come to an end as well. */
const MOST_ORDERS = 25;
/** Of an administrator, each of some chunks. */
const MOST_IMPORTS = 2;
const MOST_ROWS = 450;
/** How often a request without a final response is sent again, once all is well. */
const REPEATS = 30;
/** No client waits longer for a response, in milliseconds: the servers' own time-outs are far below. */
const PATIENCE = 60_000;

export const LOST: Received = { status: 0, headers: {}, body: { code: 'answer_lost' } };
const NOT_OPEN: Received = { status: 0, headers: {}, body: { code: 'not_open' } };
const NO_ANSWER: Received = { status: 0, headers: {}, body: { code: 'no_answer' } };

/** Refusals that say, of a request, that nothing has come of it. */
const NOTHING_HAPPENED = new Set(['database_unavailable', 'busy']);

export const codeOf = ({ body }: Received): string => String(body?.code);
export const hasHappened = ({ status }: Received): boolean => status >= 200 && status < 300;
/** Returns whether a client that receives such a response asks again. */
export const isOpen = (answer: Received): boolean =>
  answer.status === 0 || answer.status === 503 || codeOf(answer) === 'request_in_progress';

/** What fetch says of a connection that broke, or could not be made. */
export const brokenBy = (error: unknown): Received => {
  if (!(error instanceof TypeError) || error.cause === undefined) throw error;
  return (error.cause as { readonly code?: string }).code === 'ECONNREFUSED' ? NOT_OPEN : LOST;
};

const patiently = async (answer: Promise<Received>): Promise<Received> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Received>((resolve) => {
    timer = setTimeout(resolve, PATIENCE, NO_ANSWER);
  });
  return Promise.race([answer, late]).finally(() => {
    clearTimeout(timer);
  });
};

let people = 0;
let keys = 0;
const newKey = (): string => {
  keys += 1;
  return `ordeal-${String(process.pid)}-${String(keys)}`;
};

/**
 * Lets customers order and cancel, and an administrator adjust the stock and import products, strikes in the middle of it, repairs the damage, lets
 * all clients settle the requests without a response, and compares the shop with what they know; so many times.
 */
export const undergo = async (
  shop: AttackedShop,
  ordeal: Ordeal,
  { seed, rounds }: { readonly seed: number; readonly rounds: number },
): Promise<Outcome> => {
  const refusals = new Map<string, number>();
  const anomalies: string[] = [];
  let attempts = 0;
  let interrupted = 0;
  let underWay = 0;
  /** All that any client knows of orders and of stock, over all rounds. */
  const known = new Map<string, KnownOrder>();
  const stock = new Map<string, number>();
  /** The rows of acknowledged imports. */
  const imports = new Map<string, number>();

  const send = async ({ method, path, ...options }: Call): Promise<Received> => {
    attempts += 1;
    const server = shop.servers[attempts % shop.servers.length];
    if (server === undefined) throw new Error('there is no server');
    underWay += 1;
    const answer = await patiently(server[method](path, options).catch(brokenBy));
    underWay -= 1;
    if (hasHappened(answer)) return answer;
    const code = codeOf(answer);
    refusals.set(code, (refusals.get(code) ?? 0) + 1);
    if (!ordeal.hidden && (answer === LOST || answer.status === 503)) interrupted += 1;
    if (answer.status === 503 && answer.headers['retry-after'] === undefined)
      anomalies.push(`${method} ${path}: 503 ${code} without Retry-After`);
    if (answer !== LOST && answer !== NOT_OPEN && !ordeal.refusals.includes(code))
      anomalies.push(`${method} ${path}: ${String(answer.status)} ${code}`);
    return answer;
  };
  const ask = async (call: Call): Promise<Received> => {
    const answer = await send(call);
    if (hasHappened(answer)) return answer;
    throw new Error(`${call.method} ${call.path}: ${String(answer.status)} ${codeOf(answer)}`);
  };

  const round = async (random: Random): Promise<void> => {
    const { opened: whole, open: allIsWell } = gate();
    const { opened: busy, open: strikeNow } = gate();
    const strikeAfter = random.integer(10, 60);
    let answers = 0;
    let waiting = 0;
    let ended = false;
    const heard = (): void => {
      answers += 1;
      if (answers === strikeAfter) strikeNow();
    };
    /** After trouble no client goes on before all is well. */
    const wait = async (): Promise<void> => {
      waiting += 1;
      await whole;
      waiting -= 1;
    };
    /** Sends until the response is final. With a key, or where the path names all that changes, it happens once. */
    const settle = async (call: Call): Promise<Received> => {
      for (let repeats = 0; repeats < REPEATS; repeats += 1) {
        const answer = await send(call);
        if (!isOpen(answer)) {
          heard();
          return answer;
        }
        await wait();
      }
      anomalies.push(`${call.method} ${call.path}: no final answer in ${String(REPEATS)} requests`);
      return NO_ANSWER;
    };
    const keyed = (call: Call): Call => ({ ...call, headers: { 'Idempotency-Key': newKey() } });

    const products = await Promise.all(
      Array.from({ length: PRODUCTS }, async () => {
        const json = { name: 'Wanted', description: '', price: 10, quantity: STOCK };
        const call: Call = { method: 'post', path: '/products', token: shop.adminToken, json };
        const id = (await ask(call)).body.id as string;
        stock.set(id, STOCK);
        return id;
      }),
    );

    const customer = async (): Promise<() => Promise<void>> => {
      people += 1;
      const json = {
        name: 'Customer',
        email: `customer-${String(people)}@ordeal.test`,
        password: 'a long one',
      };
      const token = (await ask({ method: 'post', path: '/auth/signup', json })).body.accessToken as string;
      const order: Call = { method: 'post', path: '/orders', token };
      const own = new Set<string>();
      const all = async (): Promise<readonly KnownOrder[]> =>
        (await settle({ method: 'get', path: '/orders/mine?limit=100', token })).body
          .items as readonly KnownOrder[];
      const learn = ({ body }: Received): string => {
        const { id } = body as KnownOrder;
        own.add(id);
        known.set(id, body as KnownOrder);
        return id;
      };

      /** Orders without a key; after trouble, once more: the cart tells whether the first has happened. */
      const orderBlindly = async (): Promise<string> => {
        let maybe = false;
        for (;;) {
          const answer = await send(order);
          if (hasHappened(answer)) {
            heard();
            return learn(answer);
          }
          if (codeOf(answer) === 'cart_empty') {
            const strange = (await all()).filter(({ id }) => !own.has(id));
            const [found] = strange;
            if (!maybe || found === undefined || strange.length > 1) {
              anomalies.push(`an empty cart, and ${String(strange.length)} orders that nobody was told of`);
              return '';
            }
            return learn({ ...answer, body: found });
          }
          if (!isOpen(answer)) return '';
          maybe ||= !NOTHING_HAPPENED.has(codeOf(answer)) && answer !== NOT_OPEN;
          await wait();
        }
      };

      return async () => {
        for (let placed = 0; placed < MOST_ORDERS && !ended; placed += 1) {
          const line = { productId: random.pick(products), quantity: random.integer(1, 3) };
          await settle(keyed({ method: 'post', path: '/cart', token, json: line }));
          const id = random.next() < 0.3 ? await orderBlindly() : learn(await settle(keyed(order)));
          if (random.next() < 0.3)
            learn(
              await settle({ method: 'patch', path: `/orders/${id}`, token, json: { status: 'cancelled' } }),
            );
        }
        const told = [...own].map((id) => known.get(id));
        const there = await all();
        const byId = (list: readonly unknown[]): string =>
          JSON.stringify(list.toSorted((a, b) => ((a as KnownOrder).id < (b as KnownOrder).id ? -1 : 1)));
        if (byId(told) !== byId(there))
          anomalies.push(`a customer was told ${byId(told)}, and the shop has ${byId(there)}`);
      };
    };

    const adjust = async (): Promise<void> => {
      for (let made = 0; made < MOST_ORDERS && !ended; made += 1) {
        const [id, delta] = [random.pick(products), random.integer(1, 9)];
        const path = `/products/${id}/stock-adjustments`;
        await settle(keyed({ method: 'post', path, token: shop.adminToken, json: { delta } }));
        stock.set(id, (stock.get(id) ?? 0) + delta);
      }
    };

    /** Files whose products have no stock: a repeated one changes nothing. */
    const importProducts = async (): Promise<void> => {
      for (let made = 0; made < MOST_IMPORTS && !ended; made += 1) {
        const prefix = newKey();
        const rows = Array.from({ length: MOST_ROWS }, (_, n) => `${prefix}-${String(n)},Imported,1`);
        const { body } = await settle({
          method: 'post',
          path: '/products/import',
          token: shop.adminToken,
          headers: { 'Content-Type': 'text/csv' },
          raw: ['sku,name,price', ...rows, `${prefix}-torn,Torn,much`].join('\n'),
        });
        imports.set(body.id as string, rows.length + 1);
      }
    };

    const works = [
      ...(await Promise.all(Array.from({ length: CUSTOMERS }, customer))),
      ...[adjust, importProducts],
    ];
    let atWork = works.length;
    const working = Promise.all(
      works.map(async (work) => {
        await work().finally(() => {
          atWork -= 1;
        });
      }),
    );
    await Promise.race([busy, working]);
    const hostsAway = shop.hostsAway();
    const mend = await ordeal.strike(shop, random);
    if (ordeal.hidden) interrupted += underWay;
    if (ordeal.lasts) {
      await eventually(() => waiting === atWork, 'an answer to everybody', 2 * PATIENCE);
      await health(ordeal.readiness);
    }
    await mend();
    await health(200);
    ended = true;
    allIsWell();
    await working;
    if (ordeal.hidden && shop.hostsAway() === hostsAway) anomalies.push('no server has had to go elsewhere');
  };

  const health = async (ready = 200): Promise<void> => {
    for (const server of shop.servers) {
      const { status } = await server.get('/livez');
      if (status !== 200) anomalies.push(`/livez: ${String(status)}`);
      await eventually(
        async () => (await server.get('/readyz')).status === ready,
        `/readyz to say ${String(ready)}`,
        PATIENCE,
      );
    }
  };

  for (let count = 0; count < rounds; count += 1) await round(seededRandom(seed + count));

  for (const copy of shop.copies)
    anomalies.push(...(await unlikeWhatPeopleKnow(copy, { orders: known, stock })));
  const found = await shop.anomalies(); // once every import has ended
  for (const copy of shop.copies) anomalies.push(...(await unlikeFiles(copy, imports)));
  for (const { invariant, detail } of found) anomalies.push(`${invariant}: ${detail}`);
  return {
    scenario: ordeal.name,
    database: shop.database,
    attempts,
    overlapped: interrupted,
    refusals,
    anomalies,
  };
};
