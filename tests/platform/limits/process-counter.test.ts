import { expect } from 'chai';
import { processCounter } from '#src/platform/limits/process-counter.js';

const QUOTA = { name: 'a', most: 5, seconds: 10 };

describe('The counter of a process', () => {
  it('The counter of a process counts each caller and quota apart, and returns the count at once', () => {
    const counter = processCounter(() => 0);
    expect(counter.add(QUOTA, 'ada', 1)).to.deep.equal({ used: 1, resetMs: 10_000 });
    expect(counter.add(QUOTA, 'ada', 2)).to.deep.equal({ used: 3, resetMs: 10_000 });
    expect(counter.add(QUOTA, 'ada', -1)).to.deep.equal({ used: 2, resetMs: 10_000 });
    expect(counter.add(QUOTA, 'bob', 1)).to.deep.equal({ used: 1, resetMs: 10_000 });
    expect(counter.add({ ...QUOTA, name: 'b' }, 'ada', 1)).to.deep.equal({ used: 1, resetMs: 10_000 });
  });

  it('The counter of a process begins anew when the window of a caller has ended, which began with their first count', () => {
    let now = 500;
    const counter = processCounter(() => now);
    void counter.add(QUOTA, 'ada', 4);
    now += 9_999;
    expect(counter.add(QUOTA, 'ada', 1)).to.deep.equal({ used: 5, resetMs: 1 });
    now += 1;
    expect(counter.add(QUOTA, 'ada', 1)).to.deep.equal({ used: 1, resetMs: 10_000 });
  });

  it('The counter of a process never says that a window is longer than it is, whatever fraction its clock shows', () => {
    for (let now = 0.1; now < 1_000_000; now *= 1.01)
      expect(processCounter(() => now).add(QUOTA, 'ada', 1), String(now)).to.deep.equal({
        used: 1,
        resetMs: 10_000,
      });
  });

  it('The counter of a process forgets a caller when told to', async () => {
    const counter = processCounter(() => 0);
    void counter.add(QUOTA, 'ada', 4);
    await counter.clear(QUOTA, 'ada');
    expect(counter.add(QUOTA, 'ada', 1)).to.deep.include({ used: 1 });
  });

  it('The counter of a process keeps running windows when it removes those that have ended', () => {
    let now = 0;
    const counter = processCounter(() => now);
    const long = { ...QUOTA, name: 'long', seconds: 3600 };
    void counter.add(long, 'ada', 4);
    void counter.add(QUOTA, 'ada', 4);
    now = 61_000;
    expect(counter.add(long, 'ada', 1)).to.deep.equal({ used: 5, resetMs: 3_539_000 });
    expect(counter.add(QUOTA, 'ada', 1)).to.deep.equal({ used: 1, resetMs: 10_000 });
  });
});
