import fc, { type Arbitrary, type AsyncCommand } from 'fast-check';
import { CUSTOMERS, PRODUCT_NAMES, type Stage } from './stage.js';
import type { Action } from './shop-model.js';

/** What a customer wants to do, whatever the shop looks like by then. */
interface Wish {
  readonly text: string;
  /** What that is when they begin. */
  readonly aim: (stage: Stage) => Action;
}

const customer = fc.constantFrom(...CUSTOMERS);
const product = fc.constantFrom(...PRODUCT_NAMES);
/** A few, as people want them, and sometimes as many as just fit into a cart in which there is one. */
const quantity = fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 1, max: 3 }) }, fc.constant(998));
/** Any of the orders that there are. */
const pick = fc.nat({ max: 99 });

const wish = (action: Action): Wish => ({ text: JSON.stringify(action), aim: () => action });

/** The same for one of the orders that have been placed by then. */
const ofSomeOrder = <Fields extends object>(
  fields: Arbitrary<Fields>,
  make: (fields: Fields, order: string) => Action,
): Arbitrary<Wish> =>
  fc.tuple(fields, pick).map(([chosen, number]) => ({
    text: JSON.stringify(make(chosen, `the ${String(number)}th, counted round`)),
    aim: ({ orders }) => make(chosen, orders[number % orders.length] ?? ''),
  }));

const wishes: readonly Arbitrary<Wish>[] = [
  fc.record({ type: fc.constantFrom('add', 'add', 'change'), customer, product, quantity }).map(wish),
  fc.record({ type: fc.constant('remove'), customer, product }).map(wish),
  customer.map((who) => ({
    text: `{"type":"place","customer":"${who}"}`,
    aim: (stage) => ({ type: 'place', customer: who, order: stage.newOrder() }),
  })),
  ofSomeOrder(fc.record({ customer }), (by, order) => ({ type: 'cancel', ...by, order })),
  ofSomeOrder(fc.constant({}), (_, order) => ({ type: 'cancel', order })),
  ofSomeOrder(
    fc.record({ to: fc.constantFrom('pending', 'confirmed', 'confirmed', 'shipped', 'delivered') }),
    ({ to }, order) => ({ type: 'advance', order, to }),
  ),
  fc.record({ type: fc.constant('adjust'), product, delta: fc.constantFrom(-3, -1, 1, 2) }).map(wish),
  fc.record({ type: fc.constant('recount'), product, quantity: fc.nat({ max: 6 }) }).map(wish),
  fc.record({ type: fc.constant('reprice'), product, price: fc.integer({ min: 0, max: 2000 }) }).map(wish),
  fc.record({ type: fc.constant('withdraw'), product }).map(wish),
];

/** A play of up to so many commands: each does with the model and the stage what `run` does with one action. */
export const plays = <Model extends object>(
  maxCommands: number,
  run: (action: Action, model: Model, stage: Stage) => Promise<void>,
): Arbitrary<Iterable<AsyncCommand<Model, Stage>>> =>
  fc.commands(
    wishes.map((each) =>
      each.map(({ text, aim }): AsyncCommand<Model, Stage> => ({
        check: () => true,
        run: (model, stage) => run(aim(stage), model, stage),
        toString: () => text,
      })),
    ),
    { maxCommands, size: 'max' },
  );
