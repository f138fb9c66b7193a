import { expect } from 'chai';
import fc, { type Scheduler } from 'fast-check';
import type { OrderStatus } from '#src/contexts/ordering/domain/order.js';
import { outcomeOf } from '../support/contract-tools.js';
import { shopInvariants } from './invariants.js';
import { memoryShop, type Shop } from './memory-shop.js';
import { runs, timeFor } from './runs.js';
import { readShop } from './snapshot.js';

/** What people do at once, and what must be true of how each ended and of the shop afterwards. */
interface Contest {
  readonly works: readonly (() => Promise<unknown>)[];
  readonly holds: (outcomes: readonly string[]) => Promise<void> | void;
}

export interface Race {
  /** Done one after the other, before the race. */
  readonly prepare: (shop: Shop) => Promise<Contest>;
  /** The works meet at one row that no lock guards: the second one must be run again. Else one attempt has to do. */
  readonly retried?: true;
}

export const PRICE = 1250;

export const left = async ({ scope }: Shop): Promise<readonly number[]> =>
  (await readShop(scope)).stock.map(({ quantity }) => quantity);

/** Units in orders and, still, in carts. */
export const units = async ({
  scope,
}: Shop): Promise<{ readonly ordered: number; readonly inCarts: number }> => {
  const { orderLines, cartLines } = await readShop(scope);
  const count = (lines: readonly { readonly quantity: number }[]) =>
    lines.reduce((sum, { quantity }) => sum + quantity, 0);
  return { ordered: count(orderLines), inCarts: count(cartLines) };
};

export const statuses = async ({ scope }: Shop): Promise<readonly OrderStatus[]> =>
  (await readShop(scope)).orders.map(({ status }) => status);

/** Ada, with `inCart` of the teapots in her cart. */
export const adaShops = async (shop: Shop, { stock = 10, inCart = 1 } = {}) => {
  const [ada, teapot] = [await shop.customer('ada'), await shop.product('teapot', PRICE, stock)];
  await shop.add(ada, teapot, inCart);
  return { ada, teapot };
};

/** Ada, who has ordered so many of the teapots. */
export const adaHasOrdered = async (shop: Shop, { stock = 10, ordered = 2 } = {}) => {
  const { ada, teapot } = await adaShops(shop, { stock, inCart: ordered });
  const { id } = await shop.place(ada);
  return { ada, teapot, id };
};

export const oneOf =
  (...wanted: readonly (readonly string[])[]) =>
  (outcomes: readonly string[]): void => {
    expect(wanted).to.deep.include(outcomes);
  };

/**
 * Lets the works race in an order of statements that the scheduler chooses, and checks what is left of the shop. Returns how it
 * ended, in one line.
 */
const run = async (scheduler: Scheduler, { prepare, retried }: Race): Promise<string> => {
  const shop = memoryShop(retried ? 12 : 1, scheduler);
  const { works, holds } = await prepare(shop);
  const outcomes = await shop.race(() =>
    scheduler.waitFor(Promise.all(works.map((work) => outcomeOf(work())))),
  );
  expect(await shopInvariants(shop.scope)).to.deep.equal([]);
  await holds(outcomes);
  return JSON.stringify([outcomes, shop.retries(), await readShop(shop.scope)]);
};

/** Declares a test for each claim: it holds in every order of statements that is tried, and there is more than one. */
export const inWhateverOrder = (title: string, races: Readonly<Record<string, Race>>): void => {
  describe(`${title}, in whatever order the statements of several come`, function () {
    this.timeout(timeFor(600_000));
    for (const [claim, race] of Object.entries(races)) {
      it(claim, async () => {
        const endings = new Set<string>();
        await fc.assert(
          fc.asyncProperty(fc.scheduler(), async (scheduler) => {
            endings.add(await run(scheduler, race));
          }),
          runs(200),
        );
        expect(endings.size, 'endings: with one alone nobody has met anybody').to.be.greaterThan(1);
      });
    }
  });
};
