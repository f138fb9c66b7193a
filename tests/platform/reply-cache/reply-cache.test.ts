import { expect } from 'chai';
import type { Reply } from '#src/platform/http/routes/reply.js';
import type { Follower } from '#src/platform/reply-cache/followed-changes.js';
import { replyCache, type ReadyReply } from '#src/platform/reply-cache/reply-cache.js';
import { taggedCache } from '#src/platform/reply-cache/tagged-cache.js';

const MAX_STALE_MS = 250;
const MAX_AGE_MS = 60_000;
const URL = '/products/1';

/** A cache in front of a store with one value, whose reads take until they are let go. */
const cached = ({ maxBytes = 100_000, alone = false } = {}) => {
  let at = 1_000;
  let applied = 1_000;
  let looks = 0;
  let canLook = true;
  let value = 1;
  let reads = 0;
  let hold: Promise<void> = Promise.resolve();
  const cache = taggedCache<ReadyReply>({ maxBytes, maxAgeMs: MAX_AGE_MS, clock: () => at });
  const follower: Follower = {
    appliedUntil: () => applied,
    look: () => {
      looks += 1;
      if (canLook) applied = at;
      return Promise.resolve();
    },
    applied: () => undefined,
  };
  const replies = replyCache({ cache, follower: alone ? null : follower, maxStaleMs: MAX_STALE_MS });
  const read = async (
    url: string,
    tags: readonly string[],
  ): Promise<{ reply: Reply; tags: readonly string[] }> => {
    reads += 1;
    const body = { value };
    await hold;
    return { reply: { status: 200, body, headers: { ETag: '"1"' } }, tags };
  };
  return {
    cache,
    replies,
    get: async (url = URL, tags: readonly string[] = ['1', 'all']): Promise<unknown> => {
      const reply = replies.find(url)?.reply ?? (await replies.answer(url, 1, () => read(url, tags)));
      const body = typeof reply.body === 'string' ? (JSON.parse(reply.body) as unknown) : reply.body;
      return (body as { readonly value: number }).value;
    },
    reads: () => reads,
    looks: () => looks,
    pass: (ms: number) => {
      at += ms;
    },
    setValue: (next: number) => {
      value = next;
    },
    loseSight: () => {
      canLook = false;
      applied = -Infinity;
    },
    stopLooks: () => {
      canLook = false;
    },
    /** Holds what is being read; returns a function that lets it go. */
    holdReads: (): (() => void) => {
      let letGo = (): void => undefined;
      hold = new Promise((resolve) => (letGo = resolve));
      return letGo;
    },
  };
};

describe('A cache of replies', () => {
  it('A cache of replies keeps the rendered body with its headers, and its cost', async () => {
    const { replies, get } = cached();
    await get();
    expect(replies.find(URL)).to.deep.equal({
      cost: 1,
      reply: {
        status: 200,
        headers: { ETag: '"1"', 'Content-Type': 'application/json; charset=utf-8' },
        body: '{"value":1}',
      },
    });
    expect(replies.stats()).to.include({ hits: 1, misses: 1 });
  });

  it('A cache of replies shows a change at once in the process that has made it', async () => {
    const { cache, get, setValue } = cached();
    await get();
    setValue(2);
    expect(await get()).to.equal(1);
    cache.changed(['1']);
    expect(await get()).to.equal(2);
  });

  it('A cache of replies keeps what a change does not concern', async () => {
    const { cache, get, reads } = cached();
    await get('/products/1', ['1', 'all']);
    await get('/products/2', ['2', 'all']);
    cache.changed(['1']);
    await get('/products/2');
    expect(reads()).to.equal(2);
    cache.changed(['all']);
    await get('/products/2');
    expect(reads()).to.equal(3);
  });

  it('A cache of replies does not keep what was read before a change and arrives after it', async () => {
    const { cache, get, setValue, holdReads } = cached();
    const letGo = holdReads();
    const early = get();
    setValue(2);
    cache.changed(['1']);
    letGo();
    expect(await early).to.equal(1);
    expect(await get()).to.equal(2);
  });

  it('A cache of replies reads once for those who arrive together', async () => {
    const { get, reads, holdReads } = cached();
    const letGo = holdReads();
    const all = [get(), get(), get()];
    letGo();
    expect(await Promise.all(all)).to.deep.equal([1, 1, 1]);
    expect(reads()).to.equal(1);
  });

  it('A cache of replies reads again for a caller who arrives after a change, while an earlier read is running', async () => {
    const { cache, get, setValue, holdReads } = cached();
    const letGo = holdReads();
    const early = get();
    setValue(2);
    cache.changed(['1']);
    const late = get();
    letGo();
    expect(await Promise.all([early, late])).to.deep.equal([1, 2]);
  });

  it('A cache of replies shares no read that began too long ago', async () => {
    const { get, setValue, pass, holdReads } = cached();
    const letGo = holdReads();
    const early = get();
    setValue(2);
    pass(MAX_STALE_MS);
    const late = get();
    letGo();
    expect(await Promise.all([early, late])).to.deep.equal([1, 2]);
  });

  it('A cache of replies shares a failure with those who wait for it, and forgets it', async () => {
    const { replies, get } = cached();
    const fails = () => Promise.reject(new Error('away'));
    const both = await Promise.allSettled([replies.answer(URL, 1, fails), replies.answer(URL, 1, fails)]);
    expect(both.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected']);
    expect(await get()).to.equal(1);
  });

  it('A cache of replies looks for changes before it serves what is as old as the bound', async () => {
    const { get, looks, reads, pass } = cached();
    await get();
    pass(MAX_STALE_MS);
    expect(await get()).to.equal(1);
    expect([looks(), reads()]).to.deep.equal([1, 1]);
  });

  it('A cache of replies looks in advance, once half of the bound has passed', async () => {
    const { get, looks, pass } = cached();
    await get();
    pass(MAX_STALE_MS / 2 - 1);
    await get();
    expect(looks()).to.equal(0);
    pass(1);
    await get();
    expect(looks()).to.equal(1);
  });

  it('A cache of replies is read past when the looks fail: what it serves is never older than the bound', async () => {
    const { get, setValue, pass, stopLooks } = cached();
    await get();
    stopLooks();
    setValue(2);
    pass(MAX_STALE_MS - 1);
    expect(await get()).to.equal(1);
    pass(1);
    expect(await get()).to.equal(2);
  });

  it('A cache of replies keeps nothing that is read while changes are not followed', async () => {
    const { get, reads, loseSight } = cached();
    loseSight();
    await get();
    await get();
    expect(reads()).to.equal(2);
  });

  it('A cache of replies keeps nothing longer than its maximum age', async () => {
    const { get, reads, pass } = cached({ alone: true });
    await get();
    pass(MAX_AGE_MS - 1);
    await get();
    expect(reads()).to.equal(1);
    pass(1);
    await get();
    expect(reads()).to.equal(2);
  });

  it('A cache of replies keeps within its bytes, and nothing that is large beside them', async () => {
    const { replies, get, reads } = cached({ maxBytes: 20_000 });
    for (let n = 0; n < 100; n += 1) await get(`/products/${String(n)}`);
    expect(replies.stats().bytes).to.be.within(10_000, 20_000);
    const large = () => Promise.resolve({ reply: { status: 200, body: 'x'.repeat(2_000) }, tags: [] });
    await replies.answer('/large', 1, large);
    expect(replies.find('/large')).to.equal(null);
    const before = reads();
    await get('/products/99');
    expect(reads()).to.equal(before);
  });

  it('A cache of replies does not keep a reply under a long URL', async () => {
    const { get, reads } = cached();
    const url = `/products?q=${'a'.repeat(1_000)}`;
    await get(url);
    await get(url);
    expect(reads()).to.equal(2);
  });

  it('A cache of replies remembers a bounded number of changes', () => {
    const cache = taggedCache<object>({
      maxBytes: 10_000,
      maxAgeMs: MAX_AGE_MS,
      clock: () => 0,
      maxChanges: 3,
    });
    cache.set('a', {}, { since: cache.now(), tags: ['kept'], bytes: 1 });
    for (const tag of ['1', '2', '3']) cache.changed([tag]);
    expect(cache.get('a')).not.to.equal(undefined);
    cache.changed(['4']);
    expect(cache.get('a')).to.equal(undefined);
  });
});
