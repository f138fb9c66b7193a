import { expect } from 'chai';
import { placesIn, searchPlaces, type SearchRefusal } from '#src/platform/search-places.js';

interface Latch<T> {
  readonly promise: Promise<T>;
  readonly end: (found: T) => void;
  readonly break: (error: Error) => void;
}

const latch = <T = string>(): Latch<T> => {
  let [end, fail]: [Latch<T>['end'], Latch<T>['break']] = [() => undefined, () => undefined];
  const promise = new Promise<T>((resolve, reject) => {
    end = resolve;
    fail = reject;
  });
  return { promise, end, break: fail };
};

/** The code of the refusal, or what was found. */
const outcomeOf = (search: Promise<string>): Promise<unknown> =>
  search.catch((error: unknown) => (error as { code?: unknown }).code ?? (error as Error).message);

const make = ({ places = 2, timeoutMs = 60_000 } = {}) => {
  let now = 1_000_000;
  const told = { running: [] as number[], refused: [] as SearchRefusal[] };
  const inPlace = searchPlaces({
    places,
    timeoutMs,
    clock: () => now,
    observer: {
      running: (count) => told.running.push(count),
      refused: (code) => told.refused.push(code),
    },
  });
  /** Begins a search that goes on until its latch is opened. */
  const begin = (network: string) => {
    const search = latch();
    const outcome = outcomeOf(inPlace(network, () => search.promise));
    return { ...search, outcome };
  };
  return {
    inPlace,
    begin,
    told,
    /** What a search that takes no time comes to. */
    tryFrom: (network: string) => outcomeOf(inPlace(network, () => Promise.resolve('found'))),
    pass: (ms: number) => {
      now += ms;
    },
  };
};

describe('The places for searches', () => {
  it('The places for searches are taken by as many searches as there are, and the next is refused at once without being begun', async () => {
    const { inPlace, begin } = make();
    const [one, other] = [begin('a'), begin('b')];
    let begun = false;
    const third = inPlace('c', () => {
      begun = true;
      return Promise.resolve('found');
    });
    expect(await outcomeOf(third)).to.equal('search_busy');
    expect(begun).to.equal(false);
    one.end('one');
    other.end('other');
    expect(await Promise.all([one.outcome, other.outcome])).to.deep.equal(['one', 'other']);
  });

  it('The places for searches are free again when a search has ended, and when it has failed', async () => {
    const { begin, tryFrom } = make({ places: 1 });
    const first = begin('a');
    first.end('one');
    await first.outcome;
    const second = begin('a');
    second.break(new Error('the database is away'));
    expect(await second.outcome).to.equal('the database is away');
    expect(await tryFrom('a')).to.equal('found');
  });

  it('The places for searches go to one network while no other one asks', async () => {
    const { begin } = make();
    const both = [begin('a'), begin('a')];
    for (const search of both) search.end('found');
    expect(await Promise.all(both.map(({ outcome }) => outcome))).to.deep.equal(['found', 'found']);
  });

  it('The places for searches are not both taken again by one network when another one was refused: it finds a place at its next try', async () => {
    const { begin, tryFrom, pass } = make();
    const [one, other] = [begin('greedy'), begin('greedy')];
    expect(await tryFrom('other')).to.equal('search_busy');
    one.end('found');
    await one.outcome;
    pass(4_999);
    expect(await tryFrom('greedy')).to.equal('search_busy');
    expect(await tryFrom('other')).to.equal('found');
    // It has had its turn.
    expect(await tryFrom('greedy')).to.equal('found');
    other.end('found');
  });

  it('The places for searches are one network’s again when those that were refused have not come back', async () => {
    const { begin, tryFrom, pass } = make();
    const [one, other] = [begin('greedy'), begin('greedy')];
    await tryFrom('gone');
    one.end('found');
    await one.outcome;
    pass(9_999);
    expect(await tryFrom('greedy')).to.equal('search_busy');
    pass(1);
    expect(await tryFrom('greedy')).to.equal('found');
    other.end('found');
  });

  it('The places for searches are not reserved for a network that has one and was refused a second', async () => {
    const { begin, tryFrom } = make();
    const [one, other] = [begin('a'), begin('b')];
    expect(await tryFrom('a')).to.equal('search_busy');
    one.end('found');
    await one.outcome;
    expect(await tryFrom('b')).to.equal('found');
    other.end('found');
  });

  it('The places for searches time out a search that takes too long, which keeps its place until it has ended', async () => {
    const { begin, tryFrom, told } = make({ places: 1, timeoutMs: 1 });
    const slow = begin('a');
    expect(await slow.outcome).to.equal('search_timed_out');
    expect(await tryFrom('a')).to.equal('search_busy');
    slow.end('nobody waits for it');
    await slow.promise;
    expect(await tryFrom('a')).to.equal('found');
    expect(told.refused).to.deep.equal(['search_timed_out', 'search_busy']);
  });

  it('The places for searches report no failure that comes after the time-out', async () => {
    const { begin, tryFrom } = make({ places: 1, timeoutMs: 1 });
    const slow = begin('a');
    expect(await slow.outcome).to.equal('search_timed_out');
    slow.break(new Error('ended by the server'));
    await outcomeOf(slow.promise);
    expect(await tryFrom('a')).to.equal('found');
  });

  it('The places for searches report how many of them are taken, and what was refused', async () => {
    const { begin, tryFrom, told } = make();
    const [one, other] = [begin('a'), begin('b')];
    await tryFrom('c');
    one.end('found');
    other.end('found');
    await Promise.all([one.outcome, other.outcome]);
    expect(told).to.deep.equal({ running: [1, 2, 1, 0], refused: ['search_busy'] });
  });

  it('The places for searches are two, and leave a connection of the pool to everything else where there are two', () => {
    expect([1, 2, 3, 10].map(placesIn)).to.deep.equal([1, 1, 2, 2]);
  });
});
