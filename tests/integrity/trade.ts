import { setTimeout as pass } from 'node:timers/promises';
import type { HttpClient, Received } from '../support/http-client.js';
import type { Call } from './attack.js';
import { brokenBy, codeOf, hasHappened, isOpen } from './ordeal.js';
import type { Random } from './random.js';
import { cartKey, type Told } from './service-invariants.js';

/** Refusals that are right, whatever happens to the services. */
const REFUSALS: ReadonlySet<string> = new Set([
  'answer_lost',
  'not_open',
  'not_ready',
  'busy',
  'cart_empty',
  'email_taken',
  'illegal_transition',
  'out_of_stock',
  'outcome_unknown',
  'overloaded',
  'placement_expired',
  'request_in_progress',
  'service_unavailable',
  'too_many_imports', // a process that is killed leaves the uploads that it received
]);

/** How often a request without a final response is sent again before its client goes on with something else. */
const REPEATS = 6;
/** How often it is sent again when nothing goes wrong any more. */
const FINAL_REPEATS = 200;

/** Of an import: some chunks. Each product is an event for another service. */
const MOST_ROWS = 450;
const MOST_IMPORTS = 5;

export interface TradeOptions {
  readonly http: () => HttpClient;
  readonly adminToken: string;
  readonly random: Random;
  readonly customers: number;
  /** Maximum number of orders of a customer, and of adjustments and imports by the administrator. */
  readonly most: number;
}

/** What clients do with a shop. */
export interface Trade {
  /** Resolves when all clients have done what they do, or `stop` was called. */
  readonly done: Promise<void>;
  readonly stop: () => void;
  /** Sends what has had no final response until it has; nothing may go wrong any more. */
  readonly settle: () => Promise<void>;
  readonly told: Told;
  readonly attempts: () => number;
  readonly refusals: ReadonlyMap<string, number>;
  readonly anomalies: readonly string[];
}

const countIn = (map: Map<string, number>, key: string, by = 1): void => {
  map.set(key, (map.get(key) ?? 0) + by);
};

let names = 0;
const newName = (): string => {
  names += 1;
  return `services-${String(process.pid)}-${String(names)}`;
};

interface OrderBody {
  readonly id: string;
  readonly products: readonly { readonly productId: string; readonly quantity: number }[];
}

/**
 * Puts products on sale; customers fill their carts, order and cancel, and the administrator adjusts the stock and imports other
 * products.
 */
export const trade = async ({ http, adminToken, random, customers, most }: TradeOptions): Promise<Trade> => {
  const told = {
    orders: new Map<string, { customerId: string; lines: ReadonlyMap<string, number>; cancelled: boolean }>(),
    keys: new Map<string, Set<string>>(),
    unknown: new Map<string, number>(),
    carted: new Map<string, number>(),
    supplied: new Map<string, number>(),
    commands: new Map<string, number>(),
    imports: new Map<string, { skus: readonly string[]; refused: number }>(),
  };
  const refusals = new Map<string, number>();
  const anomalies: string[] = [];
  const open: (() => Promise<void>)[] = [];
  let attempts = 0;
  let isStopped = false;

  const send = async ({ method, path, ...options }: Call): Promise<Received> => {
    attempts += 1;
    const answer = await http()[method](path, options).catch(brokenBy);
    if (hasHappened(answer)) return answer;
    const code = codeOf(answer);
    countIn(refusals, code);
    if (!REFUSALS.has(code)) anomalies.push(`${method} ${path}: ${String(answer.status)} ${code}`);
    return answer;
  };
  const keyed = (call: Call): Call => ({ ...call, headers: { 'Idempotency-Key': newName() } });

  /** Sends until the response is final, and then calls `learn`; what is open after some attempts stays open until `settle`. */
  const settle = async (call: Call, learn: (answer: Received) => void): Promise<void> => {
    const repeat = async (times: number): Promise<boolean> => {
      for (let made = 0; made < times; made += 1) {
        const answer = await send(call);
        if (!isOpen(answer)) {
          learn(answer);
          return true;
        }
        await pass(random.integer(10, 100));
      }
      return false;
    };
    if (await repeat(REPEATS)) return;
    open.push(async () => {
      if (!(await repeat(FINAL_REPEATS)))
        anomalies.push(`${call.method} ${call.path}: no final response in ${String(FINAL_REPEATS)} requests`);
    });
  };
  const ask = async (call: Call): Promise<Received> => {
    for (;;) {
      const answer = await send(call);
      if (!isOpen(answer)) return answer;
      await pass(random.integer(10, 100));
    }
  };

  const product = async (): Promise<string> => {
    const quantity = random.integer(10, 40);
    const json = { name: 'Wanted', description: '', price: 10, quantity };
    const { body } = await ask(keyed({ method: 'post', path: '/products', token: adminToken, json }));
    countIn(told.supplied, body.id as string, quantity);
    countIn(told.commands, `product.created ${String(body.id)}`);
    return body.id as string;
  };

  const adjust = async (products: readonly string[]): Promise<void> => {
    for (let made = 0; made < most && !isStopped; made += 1) {
      const [id, delta] = [random.pick(products), random.integer(1, 6)];
      const path = `/products/${id}/stock-adjustments`;
      await settle(keyed({ method: 'post', path, token: adminToken, json: { delta } }), (answer) => {
        if (!hasHappened(answer)) return;
        countIn(told.supplied, id, delta);
        countIn(told.commands, `stock.adjusted ${id}`);
      });
      await pass(random.integer(10, 100));
    }
  };

  /** Sends files, each of products of its own, whose stock is zero. */
  const importProducts = async (): Promise<void> => {
    for (let made = 0; made < Math.min(most, MOST_IMPORTS) && !isStopped; made += 1) {
      const prefix = newName();
      const skus = Array.from({ length: random.integer(1, MOST_ROWS) }, (_, n) => `${prefix}-${String(n)}`);
      const call: Call = {
        method: 'post',
        path: '/products/import',
        token: adminToken,
        headers: { 'Content-Type': 'text/csv' },
        raw: ['sku,name,price', ...skus.map((sku) => `${sku},Imported,1`), `${prefix}-torn,Torn,much`].join(
          '\n',
        ),
      };
      await settle(call, ({ body, ...answer }) => {
        if (!hasHappened({ body, ...answer })) return;
        told.imports.set(body.id as string, { skus, refused: 1 });
        countIn(told.commands, `import.started ${String(body.id)}`);
      });
      await pass(random.integer(100, 1_000));
    }
  };

  const signUp = async () => {
    const known = { email: `${newName()}@attack.test`, password: 'a long enough password' };
    const signedUp = await ask({
      method: 'post',
      path: '/auth/signup',
      json: { name: 'Customer', ...known },
    });
    // A response that was lost had come after the account.
    const { body } = hasHappened(signedUp)
      ? signedUp
      : await ask({ method: 'post', path: '/auth/login', json: known });
    return { id: body.user.id as string, token: body.accessToken as string };
  };

  const customer = async (products: readonly string[]): Promise<void> => {
    const { id: customerId, token } = await signUp();
    const own: string[] = [];
    const learn = (answer: Received): void => {
      if (!hasHappened(answer)) return;
      const { id, products: lines } = answer.body as OrderBody;
      own.push(id);
      told.orders.set(id, {
        customerId,
        lines: new Map(lines.map(({ productId, quantity }) => [productId, quantity])),
        cancelled: false,
      });
    };
    const order: Call = { method: 'post', path: '/orders', token, json: {} };
    const orderWithKey = async (): Promise<void> => {
      const call = keyed(order);
      const ids = new Set<string>();
      told.keys.set(String(call.headers?.['Idempotency-Key']), ids);
      const learnKeyed = (answer: Received): void => {
        if (hasHappened(answer)) ids.add((answer.body as OrderBody).id);
        learn(answer);
      };
      await settle(call, (answer) => {
        learnKeyed(answer);
        // Once more: an acknowledged key has one order.
        if (hasHappened(answer) && random.next() < 0.3)
          open.push(async () => {
            ids.add(((await ask(call)).body as OrderBody).id);
          });
      });
    };
    const orderBlindly = async (): Promise<void> => {
      const answer = await send(order);
      if (isOpen(answer)) countIn(told.unknown, customerId);
      learn(answer);
    };
    const cancel = async (id: string): Promise<void> => {
      const call: Call = { method: 'patch', path: `/orders/${id}`, token, json: { status: 'cancelled' } };
      await settle(call, (answer) => {
        const known = told.orders.get(id);
        if (hasHappened(answer) && known !== undefined) told.orders.set(id, { ...known, cancelled: true });
      });
    };

    for (let placed = 0; placed < most && !isStopped; placed += 1) {
      for (let lines = random.integer(1, 2); lines > 0; lines -= 1) {
        const line = { productId: random.pick(products), quantity: random.integer(1, 3) };
        await settle(keyed({ method: 'post', path: '/cart', token, json: line }), (answer) => {
          if (hasHappened(answer)) countIn(told.carted, cartKey(customerId, line.productId), line.quantity);
        });
      }
      await (random.next() < 0.3 ? orderBlindly() : orderWithKey());
      if (own.length > 0 && random.next() < 0.3) await cancel(random.pick(own));
    }
  };

  const products = await Promise.all(Array.from({ length: 4 }, product));
  return {
    done: Promise.all([
      adjust(products),
      importProducts(),
      ...Array.from({ length: customers }, () => customer(products)),
    ]).then(() => undefined),
    stop: () => {
      isStopped = true;
    },
    settle: async () => {
      await Promise.all(open.splice(0).map((finish) => finish()));
    },
    told,
    attempts: () => attempts,
    refusals,
    anomalies,
  };
};
