import { expect } from 'chai';
import type { RateCounts, WithRateCounts } from '#src/platform/limits/rate-counts.js';
import { openedSubject, rejectionOf } from '../../support/contract-tools.js';
import { together, type OpenSubject } from '../../support/subject.js';

const AT = new Date('2026-05-01T12:00:00.000Z');
const after = (ms: number) => new Date(AT.getTime() + ms);

let keys = 0;
const aKey = (): string => {
  keys += 1;
  return String(keys).padStart(64, '0');
};

/** What every store of rate limits in a database has to hold. */
export const rateCountsContract = (name: string, open: OpenSubject<WithRateCounts>): void => {
  describe(`Rate counts on ${name}`, () => {
    const subject = openedSubject(open, 10);
    const inside = <T>(work: (counts: RateCounts) => Promise<T>): Promise<T> =>
      subject().transact(({ rateCounts }) => work(rateCounts));
    const add = (key: string, points: number, at = AT, endsAt = after(1000)) =>
      inside((counts) => counts.add(key, points, at, endsAt));

    it('Rate counts are empty under an unused key', async () => {
      expect(await subject().outside.rateCounts.find(aKey(), AT)).to.equal(null);
    });

    it('Rate counts add up until the window ends that the first of them has begun', async () => {
      const key = aKey();
      expect(await add(key, 1)).to.deep.equal({ points: 1, endsAt: after(1000) });
      expect(await add(key, 1, after(999), after(1999))).to.deep.equal({ points: 2, endsAt: after(1000) });
      expect(await subject().outside.rateCounts.find(key, after(999))).to.deep.equal({
        points: 2,
        endsAt: after(1000),
      });
    });

    it('Rate counts begin anew when the window has ended', async () => {
      const key = aKey();
      await add(key, 5);
      expect(await subject().outside.rateCounts.find(key, after(1000))).to.equal(null);
      expect(await add(key, 1, after(1000), after(2000))).to.deep.equal({ points: 1, endsAt: after(2000) });
    });

    it('Rate counts can be taken back, also when there is nothing left of them', async () => {
      const key = aKey();
      await add(key, 2);
      expect((await add(key, -1)).points).to.equal(1);
      expect((await add(aKey(), -1)).points).to.equal(-1);
    });

    it('Rate counts keep keys apart', async () => {
      const [one, other] = [aKey(), aKey()];
      await add(one, 3);
      expect((await add(other, 1)).points).to.equal(1);
    });

    it('Rate counts lose no concurrent point, whichever begins', async () => {
      const key = aKey();
      const counted = await together(Array.from({ length: 8 }, () => () => add(key, 1)));
      expect(counted.map(({ status }) => status)).to.deep.equal(Array(8).fill('fulfilled'));
      expect((await add(key, 1)).points).to.equal(9);
    });

    it('Rate counts of a failed transaction are not stored', async () => {
      const key = aKey();
      const failed = inside(async (counts) => {
        await counts.add(key, 1, AT, after(1000));
        throw new Error('refused');
      });
      expect(await rejectionOf(failed)).to.equal('refused');
      expect(await subject().outside.rateCounts.find(key, AT)).to.equal(null);
    });

    it('Rate counts can be removed, whether there are any or not, and begin anew then', async () => {
      const [key, other] = [aKey(), aKey()];
      await add(key, 5);
      await add(other, 3);
      for (const removed of [key, aKey()]) await inside((counts) => counts.remove(removed));
      expect(await subject().outside.rateCounts.find(key, AT)).to.equal(null);
      expect((await add(key, 1)).points).to.equal(1);
      expect((await add(other, 1)).points).to.equal(4);
    });

    it('Rate counts are purged when they have ended, a batch at a time', async () => {
      await inside((counts) => counts.purge(new Date('2030-01-01'), 1000));
      for (const key of [aKey(), aKey(), aKey()]) await add(key, 1, AT, after(500));
      const young = aKey();
      await add(young, 1);
      const purge = () => inside((counts) => counts.purge(after(1000), 2));
      expect([await purge(), await purge(), await purge()]).to.deep.equal([2, 1, 0]);
      expect(await subject().outside.rateCounts.find(young, AT)).not.to.equal(null);
    });
  });
};
