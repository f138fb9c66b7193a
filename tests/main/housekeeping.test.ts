import { expect } from 'chai';
import { purgeReplies } from '#src/main/housekeeping.js';
import { testShop } from '#src/main/test-shop.js';
import { TOKEN } from '#src/main/tokens.js';
import { KEPT_FOR_MS, type RequestKey } from '#src/platform/idempotency/replies.js';

describe('Housekeeping', () => {
  it('removes every answer whose time is over, however many, and no other', async () => {
    const now = new Date('2026-05-01T12:00:00Z');
    const shop = await testShop({ now: () => () => now });
    const { transact } = shop.container.resolve(TOKEN.persistence);
    const keyAt = (at: number, id: number): RequestKey => ({
      id: String(id).padStart(64, '0'),
      caller: 'somebody',
      fingerprint: 'f'.repeat(64),
      at: new Date(at),
    });
    const young = keyAt(now.getTime() - KEPT_FOR_MS + 1, 1100);
    await transact(async ({ replies }) => {
      for (let id = 0; id < 1100; id += 1) await replies.claim(keyAt(now.getTime() - KEPT_FOR_MS - 1, id));
      await replies.claim(young);
      await replies.keep(young, { status: 201, headers: {} });
    });
    await purgeReplies(shop.container);
    const left = await transact(({ replies }) => replies.purge(new Date('2030-01-01'), 2000));
    expect(left).to.equal(1);
    await shop.close();
  });
});
