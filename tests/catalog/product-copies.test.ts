import { expect } from 'chai';
import { productCopies } from '#src/contexts/catalog/adapters/services/product-copies.js';
import type { ProductSummary } from '#src/contexts/catalog/application/ports.js';
import type { ProductId } from '#src/kernel/ids.js';
import { failService } from '#src/platform/http/services/errors.js';
import { dollars } from '../support/builders/catalog.js';
import { newId } from '../support/builders/ids.js';
import { refusalOf } from '../support/contract-tools.js';

const START = Date.parse('2026-06-01T12:00:00.000Z');
const MINUTE_MS = 60_000;

const aSummary = (name: string): ProductSummary => ({
  id: newId<ProductId>(),
  ...{ name, price: dollars(5), imageUrl: null, available: 3, deleted: false },
});

const mug = aSummary('Mug');
const cup = aSummary('Cup');

/** A catalogue elsewhere, with copies of what it has returned. */
const catalogue = ({ max = 10 } = {}) => {
  const clock = { minutes: 0 };
  const state = { error: null as Error | null, products: [mug, cup] as readonly ProductSummary[] };
  const summarise = productCopies({
    now: () => new Date(START + clock.minutes * MINUTE_MS),
    max,
  }).around((ids) =>
    state.error === null
      ? Promise.resolve(state.products.filter(({ id }) => ids.includes(id)))
      : Promise.reject(state.error),
  );
  return { clock, state, summarise };
};

const AWAY = failService('service_unavailable');

describe('Copies of products of another process', () => {
  it('Copies of products of another process are not used while that one responds', async () => {
    const { state, summarise } = catalogue();
    await summarise([mug.id]);
    state.products = [{ ...mug, price: dollars(6) }];
    expect(await summarise([mug.id])).to.deep.equal(state.products);
  });

  it('Copies of products of another process are used while that one is away, and say how old they are', async () => {
    const { clock, state, summarise } = catalogue();
    await summarise([mug.id]);
    clock.minutes = 1;
    await summarise([cup.id]);
    state.error = AWAY;
    clock.minutes = 10;
    expect(await summarise([mug.id, cup.id])).to.deep.equal([
      { ...mug, asOf: new Date(START) },
      { ...cup, asOf: new Date(START + MINUTE_MS) },
    ]);
  });

  it('Copies of products of another process are the latest', async () => {
    const { state, summarise } = catalogue();
    await summarise([mug.id]);
    state.products = [{ ...mug, price: dollars(6) }];
    await summarise([mug.id]);
    state.error = AWAY;
    expect((await summarise([mug.id]))[0]?.price).to.deep.equal(dollars(6));
  });

  it('Copies of products of another process are not used when they are older than ten minutes, or when one is missing', async () => {
    const { clock, state, summarise } = catalogue();
    await summarise([mug.id]);
    state.error = AWAY;
    expect(await refusalOf(summarise([mug.id, cup.id]))).to.equal('service_unavailable');
    clock.minutes = 10.001;
    expect(await refusalOf(summarise([mug.id]))).to.equal('service_unavailable');
  });

  it('Copies of products of another process are not used when it fails in another way', async () => {
    const { state, summarise } = catalogue();
    await summarise([mug.id]);
    for (const error of [new Error('prices in another currency'), failService('services_only')]) {
      state.error = error;
      expect(await summarise([mug.id]).catch((thrown: unknown) => thrown)).to.equal(error);
    }
  });

  it('Copies of products of another process are bounded in number', async () => {
    const { state, summarise } = catalogue({ max: 1 });
    await summarise([mug.id]);
    await summarise([cup.id]);
    state.error = AWAY;
    expect(await refusalOf(summarise([mug.id]))).to.equal('service_unavailable');
    expect(await summarise([cup.id])).to.have.length(1);
  });

  it('Copies of products of another process are not replaced by a response that is older', async () => {
    const clock = { minutes: 0 };
    const responses: ((products: readonly ProductSummary[]) => void)[] = [];
    let isAway = false;
    const summarise = productCopies({ now: () => new Date(START + clock.minutes * MINUTE_MS) }).around(() =>
      isAway ? Promise.reject(AWAY) : new Promise((resolve) => responses.push(resolve)),
    );
    const early = summarise([mug.id]);
    clock.minutes = 1;
    const late = summarise([mug.id]);
    responses[1]?.([{ ...mug, price: dollars(6) }]);
    await late;
    responses[0]?.([mug]);
    await early;
    isAway = true;
    expect((await summarise([mug.id]))[0]?.price).to.deep.equal(dollars(6));
  });
});
