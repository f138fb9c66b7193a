import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'chai';
import { eventLoopDelay } from '#src/platform/http/overload/event-loop-delay.js';
import { eventually } from '../../support/eventually.js';

const block = (ms: number): void => {
  for (const end = performance.now() + ms; performance.now() < end;);
};

describe('The delay of the event loop', () => {
  it('The delay of the event loop is 0 before anything was measured', () => {
    expect(eventLoopDelay()()).to.equal(0);
  });

  it('The delay of the event loop is that of a loop that has not turned since the last call', () => {
    const delay = eventLoopDelay();
    delay();
    block(80);
    expect(delay()).to.be.at.least(60);
  });

  it('The delay of the event loop is that of the turns since the last call', async () => {
    const delay = eventLoopDelay();
    delay();
    for (let turn = 0; turn < 5; turn += 1) {
      block(60);
      await wait(0);
    }
    expect(delay()).to.be.at.least(30);
    // On a machine with other work, some of the next turns may be late as well.
    await eventually(async () => {
      await wait(50);
      return delay() < 20;
    }, 'a loop that is in time');
  });
});
