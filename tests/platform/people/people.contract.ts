import { expect } from 'chai';
import type { UserId } from '#src/kernel/ids.js';
import type { People, WithPeople } from '#src/platform/people/people.js';
import { newId } from '../../support/builders/ids.js';
import { openedSubject, refusalOf } from '../../support/contract-tools.js';
import { eventually } from '../../support/eventually.js';
import { rivalOf } from '../../support/rival.js';
import { together, type OpenSubject } from '../../support/subject.js';

const AT = new Date('2026-05-01T12:00:00.000Z');

/** What every store of the people of other processes has to fulfil. */
export const peopleContract = (name: string, open: OpenSubject<WithPeople>): void => {
  describe(`The people of other processes on ${name}`, () => {
    const subject = openedSubject(open, 10);
    const inside = <T>(work: (people: People) => Promise<T>): Promise<T> =>
      subject().transact(({ people }) => work(people));
    const lock = (id: UserId) => inside((people) => people.lock(id));
    const erase = (id: UserId) => inside((people) => people.erase(id, AT));
    const hold = (id: UserId, forMs: number) => inside((people) => people.hold(id, forMs));

    it('A person can be locked who is new here, and again', async () => {
      const id = newId<UserId>();
      expect([
        await lock(id),
        await lock(id),
        await inside(async (people) => {
          await people.lock(id);
          return people.lock(id);
        }),
      ]).to.deep.equal([true, true, true]);
    });

    it('A person who is erased is known as such for good, whether they were known before or not', async () => {
      const [known, unknown] = [newId<UserId>(), newId<UserId>()];
      await lock(known);
      for (const id of [known, unknown, known, unknown]) {
        await erase(id);
        expect(await lock(id)).to.equal(false);
      }
    });

    it('A person can be locked by eight at once who are the first, one after the other', async () => {
      const id = newId<UserId>();
      const results = await together(Array.from({ length: 8 }, () => () => lock(id)));
      expect(results.map((result) => result.status === 'fulfilled' && result.value)).to.deep.equal(
        Array<boolean>(8).fill(true),
      );
    });

    for (const isKnown of [true, false])
      it(`A person who is ${isKnown ? 'known' : 'new'} is erased after the transaction that has locked them`, async () => {
        const id = newId<UserId>();
        if (isKnown) await lock(id);
        const erasure = rivalOf(() => erase(id));
        await inside(async (people) => {
          expect(await people.lock(id)).to.equal(true);
          await erasure.meet(() => people.lock(id));
          expect(erasure.hasEnded()).to.equal(false);
        });
        expect(await erasure.outcome).to.equal('done');
        expect(await lock(id)).to.equal(false);
      });

    for (const isKnown of [true, false])
      it(`A person who is ${isKnown ? 'known' : 'new'} and held is locked by nobody until the hold lapses`, async () => {
        const id = newId<UserId>();
        if (isKnown) await lock(id);
        await hold(id, 60_000);
        expect(await refusalOf(lock(id))).to.equal('stale_write');
        await hold(id, 1);
        expect(await eventually(() => lock(id).catch(() => false), 'the end of the hold')).to.equal(true);
      });

    it('A person who is held is erased nevertheless, and stays so', async () => {
      const id = newId<UserId>();
      await hold(id, 60_000);
      await erase(id);
      expect(await lock(id)).to.equal(false);
      await hold(id, 60_000);
      expect(await lock(id)).to.equal(false);
    });

    it('A person is held after the transaction that has locked them', async () => {
      const id = newId<UserId>();
      await lock(id);
      const holder = rivalOf(() => hold(id, 60_000));
      await inside(async (people) => {
        expect(await people.lock(id)).to.equal(true);
        await holder.meet(() => people.lock(id));
        expect(holder.hasEnded()).to.equal(false);
      });
      expect(await holder.outcome).to.equal('done');
      expect(await refusalOf(lock(id))).to.equal('stale_write');
    });

    it('A person is new again when the transaction that was the first to lock them fails', async () => {
      const id = newId<UserId>();
      await inside(async (people) => {
        await people.erase(id, AT);
        throw new Error('refused');
      }).catch(() => undefined);
      expect(await lock(id)).to.equal(true);
    });
  });
};
