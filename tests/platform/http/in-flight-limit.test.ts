import { expect } from 'chai';
import { IN_FLIGHT, inFlightLimit } from '#src/platform/http/overload/in-flight-limit.js';

const { least, most } = IN_FLIGHT;

/** A limit that is asked every 50 ms, with the delay that the loop has then. */
const asked = () => {
  const state = { delay: 0, now: 0 };
  const limit = inFlightLimit({ maxDelayMs: 50, delay: () => state.delay, clock: () => state.now });
  return {
    /** Returns the limit after so many milliseconds of this delay. */
    after: (ms: number, delay: number): number => {
      state.delay = delay;
      let last = limit();
      for (const end = state.now + ms; state.now < end;) {
        state.now += 50;
        last = limit();
      }
      return last;
    },
    pause: (ms: number): void => {
      state.now += ms;
    },
  };
};

describe('The limit of requests in flight', () => {
  it('The limit of requests in flight begins with the most', () => {
    expect(asked().after(0, 1000)).to.equal(most);
  });

  it('The limit of requests in flight shrinks while the event loop is late, and never below the least', () => {
    const { after } = asked();
    const [first, second] = [after(100, 51), after(100, 51)];
    expect(first).to.be.below(most);
    expect(second).to.be.below(first);
    expect(after(5_000, 5_000)).to.equal(least);
  });

  it('The limit of requests in flight changes at most once in 100 ms', () => {
    const { after } = asked();
    const before = after(100, 51);
    expect(after(50, 1_000)).to.equal(before);
    expect(after(50, 1_000)).to.be.below(before);
  });

  it('The limit of requests in flight stays as it is at a delay between half of the maximum and the maximum', () => {
    const { after } = asked();
    const before = after(300, 51);
    expect(after(1_000, 50)).to.equal(before);
    expect(after(1_000, 25)).to.equal(before);
  });

  it('The limit of requests in flight is the most again within a second once the event loop is in time', () => {
    const { after } = asked();
    expect(after(5_000, 1_000)).to.equal(least);
    expect(after(1_000, 1)).to.equal(most);
  });

  it('The limit of requests in flight forgets what it was when nobody has asked for a second', () => {
    const { after, pause } = asked();
    after(5_000, 1_000);
    pause(1_000);
    expect(after(0, 1_000)).to.equal(most);
  });
});
