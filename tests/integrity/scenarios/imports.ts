import { eventually } from '../../support/eventually.js';
import type { Received } from '../../support/http-client.js';
import { zip, type Attack, type Call, type Scenario } from '../attack.js';

/** Rows of products that are not there yet: more than three chunks. */
const NEW = 650;
const REFUSED = ['Attic', 'Cellar'];
const STOCK = 40;

interface Shown {
  readonly id: string;
  readonly status: string;
  readonly rows: number;
  readonly processed: number;
  readonly created: number;
  readonly refused: number;
}

const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, n) => n);

const fileOf = ({ adminToken: token }: Attack, lines: readonly string[]): Call => ({
  method: 'post',
  path: '/products/import',
  token,
  headers: { 'Content-Type': 'text/csv' },
  raw: ['sku,name,price,quantity,category', ...lines].join('\n'),
});

const ended = ({ ask, adminToken: token }: Attack, { body: { id } }: Received): Promise<Shown> =>
  eventually(async () => {
    const { body } = await ask({ method: 'get', path: `/imports/${String(id)}`, token });
    return body.finishedAt === null ? null : (body as Shown);
  }, 'the end of an import');

/** How often the shop has each SKU that begins so. */
const countedSkus = async (
  { ask, adminToken: token }: Attack,
  prefix: string,
): Promise<ReadonlyMap<string, number>> => {
  const { body } = await ask({
    method: 'get',
    path: '/products/export',
    token,
    headers: { Accept: 'application/x-ndjson' },
  });
  const counts = new Map<string, number>();
  for (const line of String(body).split('\n')) {
    if (!line.startsWith(`{"sku":"${prefix}`)) continue;
    const { sku } = JSON.parse(line) as { sku: string };
    counts.set(sku, (counts.get(sku) ?? 0) + 1);
  }
  return counts;
};

const overlapping: Scenario = {
  name: 'Imports: two of a file, one cancelled, orders, edits',
  rounds: 1,
  refusals: ['out_of_stock'],
  attack: async (attack) => {
    const { adminToken: token, ask, demand, random } = attack;
    const prefix = `I${String(random.integer(0, 2 ** 31))}-`;
    const there = await Promise.all(
      numbers(3).map(async (n) => {
        const json = {
          sku: `${prefix}THERE-${String(n)}`,
          name: 'There',
          description: '',
          price: 10,
          quantity: STOCK,
        };
        return (await ask({ method: 'post', path: '/products', token, json })).body.id as string;
      }),
    );
    const customers = await attack.customers(6);
    await Promise.all(
      customers.map(async (customer, at) => {
        const json = { productId: there[at % there.length], quantity: 1 };
        await ask({ method: 'post', path: '/cart', token: customer.token, json });
      }),
    );
    const lines = [
      ...numbers(NEW).map((n) => `${prefix}${String(n)},Thing,1,${String(n % 5)},`),
      ...there.map((_id, n) => `${prefix}THERE-${String(n)},There again,,${String(STOCK)},`),
      `${prefix}0,Thing again,2,1,`,
      ...REFUSED.map((category, n) => `${prefix}REFUSED-${String(n)},Thing,1,1,${category}`),
      `${prefix}TORN,Thing,much,1,`,
    ];
    const cancelled = await ask(
      fileOf(
        attack,
        numbers(3 * NEW).map((n) => `${prefix}C-${String(n)},Thing,1,0,`),
      ),
    );
    const file = fileOf(attack, lines);
    const calls: readonly Call[] = [
      file,
      ...customers.map((customer): Call => ({ method: 'post', path: '/orders', token: customer.token })),
      { method: 'post', path: `/imports/${cancelled.body.id as string}/cancel`, token },
      ...there.flatMap((id): readonly Call[] => [
        { method: 'post', path: `/products/${id}/stock-adjustments`, token, json: { delta: 2 } },
        { method: 'patch', path: `/products/${id}`, token, json: { price: random.integer(1, 20) } },
      ]),
    ];
    const shuffled = [file, ...random.shuffled(calls)];
    const answers = await attack.race(shuffled);
    const imports = await Promise.all(
      zip(shuffled, answers)
        .filter(([call]) => call === file)
        .map(([, answer]) => ended(attack, answer)),
    );
    for (const { id, status, rows, processed, refused } of imports) {
      demand(
        status === 'finished' && rows === lines.length && processed === rows,
        `import ${id} is ${status} after ${String(processed)} of ${String(rows)} rows`,
      );
      const { body } = await ask({ method: 'get', path: `/imports/${id}/errors?limit=100`, token });
      const listed = (body.items as readonly { readonly line: number }[]).map(({ line }) => line);
      const wrong = [...REFUSED.keys(), REFUSED.length].map((at) => NEW + there.length + 3 + at);
      demand(
        refused === wrong.length && listed.join() === wrong.join(),
        `import ${id} has refused ${String(refused)} rows, the lines ${listed.join()}`,
      );
    }
    const created = imports.reduce((sum, each) => sum + each.created, 0);
    demand(created === NEW, `${String(created)} of ${String(NEW)} products were created by two imports`);
    const stopped = await ended(attack, cancelled);
    const skus = await countedSkus(attack, prefix);
    const ofStopped = [...skus.keys()].filter((sku) => sku.startsWith(`${prefix}C-`));
    demand(
      stopped.created === ofStopped.length,
      `${String(stopped.created)} products were created by a cancelled import, ${String(ofStopped.length)} are there`,
    );
    demand(
      skus.size - ofStopped.length === NEW + there.length && [...skus.values()].every((count) => count === 1),
      `${String(skus.size - ofStopped.length)} of ${String(NEW + there.length)} products are there`,
    );
  },
};

export const imports: readonly Scenario[] = [overlapping];
