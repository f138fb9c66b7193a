import { expect } from 'chai';
import {
  KEPT_FOR_MS,
  type Replies,
  type RequestKey,
  type WithReplies,
} from '#src/platform/idempotency/replies.js';
import { gate, openedSubject, outcomeOf, outcomeOnce } from '../../support/contract-tools.js';
import type { OpenSubject } from '../../support/subject.js';

const AT = new Date('2026-05-01T12:00:00.000Z');
const CALLER = '0190a0a0-0000-7000-8000-00000000000a';
const REPLY = { status: 201, headers: { Location: '/orders/1' }, body: { name: 'Käse 🧀', total: 19.99 } };

let keys = 0;
const aKey = (fields: Partial<RequestKey> = {}): RequestKey => {
  keys += 1;
  return {
    id: String(keys).padStart(64, '0'),
    caller: CALLER,
    fingerprint: 'f'.repeat(64),
    at: AT,
    ...fields,
  };
};

/** What every store of kept answers has to hold. */
export const repliesContract = (name: string, open: OpenSubject<WithReplies>): void => {
  describe(`Replies on ${name}`, () => {
    const subject = openedSubject(open, 10);
    const inside = <T>(work: (replies: Replies) => Promise<T>): Promise<T> =>
      subject().transact(({ replies }) => work(replies));
    const answered = async (key = aKey(), about: string | null = null): Promise<RequestKey> => {
      await inside(async (replies) => {
        await replies.claim(key);
        await replies.keep(key, REPLY, about);
      });
      return key;
    };
    const find = (key: RequestKey) => inside((replies) => replies.find(key));

    it('knows no answer to a key that nobody has claimed', async () => {
      expect(await find(aKey())).to.equal(null);
    });

    it('gives the answer back as it was kept', async () => {
      expect(await find(await answered())).to.deep.equal(REPLY);
    });

    it('keeps nothing of a transaction that fails', async () => {
      const key = aKey();
      const failure = new Error('refused');
      const failed = inside(async (replies) => {
        await replies.claim(key);
        await replies.keep(key, REPLY, null);
        throw failure;
      });
      expect(await failed.catch((error: unknown) => error)).to.equal(failure);
      expect(await find(key)).to.equal(null);
      await answered(key);
    });

    it('refuses a second claim', async () => {
      const key = await answered();
      const later = { ...key, at: new Date(key.at.getTime() + 1) };
      for (const again of [key, later])
        expect(await outcomeOnce(subject().transact, ({ replies }) => replies.claim(again))).to.equal(
          'stale_write',
        );
    });

    it('lets a rival wait for the claim, who then finds the answer', async () => {
      const key = aKey();
      const claimed = gate();
      const release = gate();
      const first = inside(async (replies) => {
        await replies.claim(key);
        claimed.open();
        await release.opened;
        await replies.keep(key, REPLY, null);
      });
      await claimed.opened;
      let attempts = 0;
      const rival = inside(async (replies) => {
        attempts += 1;
        if (attempts > 1) return replies.find(key);
        release.open();
        await replies.claim(key);
        return null;
      });
      if (name !== 'SQLite') expect(await rival).to.deep.equal(REPLY);
      release.open(); // on SQLite the rival does not begin before the first has ended
      await first;
      expect(await rival).to.deep.equal(REPLY);
    });

    it('refuses the key to a request that asks for something else', async () => {
      const key = await answered();
      expect(await outcomeOf(find({ ...key, fingerprint: '0'.repeat(64) }))).to.equal(
        'idempotency_key_reused',
      );
    });

    it('forgets an answer after its time, so that the key can be claimed again', async () => {
      const key = await answered();
      const later = { ...key, at: new Date(AT.getTime() + KEPT_FOR_MS) };
      expect(await find({ ...later, at: new Date(later.at.getTime() - 1) })).to.deep.equal(REPLY);
      expect(await find(later)).to.equal(null);
      await answered(later);
    });

    it('forgets all of one caller, and nothing of another', async () => {
      const other = await answered(aKey({ caller: '0190a0a0-0000-7000-8000-00000000000b' }));
      const mine = await answered();
      await inside((replies) => replies.forget(CALLER));
      expect(await find(mine)).to.equal(null);
      expect(await find(other)).to.deep.equal(REPLY);
    });

    it('forgets what it has answered to others about that person', async () => {
      const about = '0190a0a0-0000-7000-8000-00000000000c';
      const [theirs, others] = [await answered(aKey(), about), await answered(aKey(), CALLER)];
      await inside((replies) => replies.forget(about));
      expect(await find(theirs)).to.equal(null);
      expect(await find(others)).to.deep.equal(REPLY);
    });

    it('purges what is old, a batch at a time', async () => {
      await inside((replies) => replies.purge(new Date('2030-01-01'), 1000));
      const old = new Date(AT.getTime() - 1);
      for (let made = 0; made < 5; made += 1) await answered(aKey({ at: old }));
      const young = await answered();
      const purge = () => inside((replies) => replies.purge(AT, 3));
      expect([await purge(), await purge(), await purge()]).to.deep.equal([3, 2, 0]);
      expect(await find(young)).to.deep.equal(REPLY);
    });
  });
};
