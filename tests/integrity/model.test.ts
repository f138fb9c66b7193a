import { expect } from 'chai';
import fc from 'fast-check';
import { plays } from './commands.js';
import { isLinearizable, type Done } from './linearizable.js';
import { runs, timeFor } from './runs.js';
import { act, type ModelShop } from './shop-model.js';
import { openStage, OPENING } from './stage.js';

/** Every way in which an action can end: none may be left untried. */
const OUTCOMES = [
  'done',
  'cart_empty',
  'cart_line_not_found',
  'illegal_transition',
  'line_quantity_exceeded',
  'order_not_found',
  'out_of_stock',
  'product_not_found',
  'stock_out_of_range',
] as const;

const overlap = (done: readonly Done[]): boolean =>
  done.some((one) =>
    done.some((other) => one !== other && one.began < other.ended && other.began < one.ended),
  );

describe('The shop and a simple model of it', function () {
  this.timeout(timeFor(600_000));

  it('The shop and a simple model of it agree after each of many commands on how it ended and on the whole shop', async () => {
    const outcomes = new Set<string>();
    const commands = plays<{ shop: ModelShop }>(30, async (action, model, stage) => {
      const expected = act(model.shop, action);
      expect(await stage.perform(action)).to.equal(expected.outcome);
      expect(await stage.view()).to.deep.equal(expected.shop);
      expect(await stage.anomalies()).to.deep.equal([]);
      model.shop = expected.shop;
      outcomes.add(expected.outcome);
    });
    await fc.assert(
      fc.asyncProperty(commands, async (play) => {
        const stage = await openStage();
        await fc.asyncModelRun(() => ({ model: { shop: OPENING }, real: stage }), play);
      }),
      runs(60),
    );
    expect([...outcomes]).to.have.members(OUTCOMES);
  });

  it('The shop and a simple model of it agree when all act at once, as if they had acted one after the other', async () => {
    const tried = { plays: 0, overlapping: 0, outcomes: new Set<string>() };
    const commands = plays<{ time: number; readonly acting: Promise<Done>[] }>(6, (action, cast, stage) => {
      const tick = () => (cast.time += 1);
      const began = tick();
      cast.acting.push(stage.perform(action).then((outcome) => ({ action, outcome, began, ended: tick() })));
      return Promise.resolve(); // the next one begins whenever the scheduler lets them
    });
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), commands, async (scheduler, play) => {
        const stage = await openStage(scheduler);
        const cast = { time: 0, acting: [] as Promise<Done>[] };
        const done = await stage.shop.race(async () => {
          await fc.scheduledModelRun(scheduler, () => ({ model: cast, real: stage }), play);
          return scheduler.waitFor(Promise.all(cast.acting));
        });
        expect(await stage.anomalies()).to.deep.equal([]);
        const end = await stage.view();
        if (!isLinearizable(OPENING, done, end))
          expect.fail(`no order explains\n${JSON.stringify(done)}\nand\n${JSON.stringify(end)}`);
        tried.plays += 1;
        tried.overlapping += Number(overlap(done));
        for (const { outcome } of done) tried.outcomes.add(outcome);
      }),
      runs(500),
    );
    expect([...tried.outcomes]).to.have.members(OUTCOMES);
    expect(tried.overlapping).to.be.greaterThan(tried.plays / 2);
  });

  describe('disagree', () => {
    const reprice = { type: 'reprice', product: 'mug', price: 1 } as const;
    const add = { type: 'add', customer: 'bob', product: 'mug', quantity: 1 } as const;
    const withOneMug = act(OPENING, add).shop;
    const bothDone = (later: number): readonly Done[] => [
      { action: add, outcome: 'done', began: 1, ended: 3 },
      { action: add, outcome: 'done', began: later, ended: 4 },
    ];

    it('The shop and a simple model of it disagree when one of two changes is lost', () => {
      expect(isLinearizable(OPENING, bothDone(2), withOneMug)).to.equal(false);
      expect(isLinearizable(OPENING, bothDone(2), act(withOneMug, add).shop)).to.equal(true);
    });

    it('The shop and a simple model of it disagree when what was over comes after what began later', () => {
      const back = { ...reprice, price: 400 };
      const done = (ended: number): readonly Done[] => [
        { action: reprice, outcome: 'done', began: 1, ended },
        { action: back, outcome: 'done', began: 2.5, ended: 4 },
      ];
      const end = act(OPENING, reprice).shop;
      expect(isLinearizable(OPENING, done(3), end)).to.equal(true);
      expect(isLinearizable(OPENING, done(2), end)).to.equal(false);
    });

    it('The shop and a simple model of it disagree when something ends otherwise than it can have', () => {
      const [done] = bothDone(2);
      if (done === undefined) throw new Error('nothing was done');
      expect(isLinearizable(OPENING, [{ ...done, outcome: 'product_not_found' }], OPENING)).to.equal(false);
    });
  });
});
