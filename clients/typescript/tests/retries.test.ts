import { expect } from 'chai';
import { withRetries, wait, type RetryOptions } from '../src/retries.js';

describe('The waits of the TypeScript client', () => {
  const NOW = new Request('http://shop.test/products');

  /** Returns the milliseconds that are waited before each repetition, when the shop responds like this each time. */
  const waits = async (
    headers: Readonly<Record<string, string>>,
    options: RetryOptions = {},
  ): Promise<readonly number[]> => {
    const waited: number[] = [];
    const send = () => Promise.resolve(new Response(null, { status: 503, headers }));
    const response = await withRetries(send, options, (milliseconds) => {
      waited.push(milliseconds);
      return Promise.resolve();
    })(NOW);
    expect(response.status).to.equal(503);
    return waited;
  };

  it('The waits of the TypeScript client are those of Retry-After, in seconds or as a date', async () => {
    expect(await waits({ 'Retry-After': '7' })).to.deep.equal([7000, 7000, 7000, 7000]);
    const [first = 0] = await waits({ 'Retry-After': new Date(Date.now() + 20_000).toUTCString() });
    expect(first).to.be.within(1, 20_000);
    expect(await waits({ 'Retry-After': new Date(0).toUTCString() }, { retries: 1 })).to.deep.equal([0]);
  });

  it('The waits of the TypeScript client double otherwise, with jitter, up to a maximum', async () => {
    for (const headers of [{}, { 'Retry-After': 'soon' }]) {
      const options = { retries: 4, baseDelay: 1000, maxDelay: 3000 };
      const [first = 0, second = 0, third = 0, fourth = 0] = await waits(headers, options);
      expect(first).to.be.within(500, 1000);
      expect(second).to.be.within(1000, 2000);
      expect([third, fourth].every((delay) => delay >= 1500 && delay <= 3000)).to.equal(true);
    }
  });

  it('The waits of the TypeScript client end in time, and leave no listener at the signal', async () => {
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners += 1;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners -= 1;
      remove(...args);
    };
    await wait(1, signal);
    expect(listeners).to.equal(0);
  });

  it('The waits of the TypeScript client do not begin after an abort', async () => {
    const error = await wait(60_000, AbortSignal.abort(new Error('gone'))).catch((reason: unknown) => reason);
    expect(error).to.have.property('message', 'gone');
  });
});
