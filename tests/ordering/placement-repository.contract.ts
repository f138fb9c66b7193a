import { expect } from 'chai';
import type { PlacementRepository } from '#src/contexts/ordering/application/ports.js';
import type { Placement } from '#src/contexts/ordering/domain/placement.js';
import type { CustomerId, OrderId } from '#src/kernel/ids.js';
import { newId } from '../support/builders/ids.js';
import { aPlacement } from '../support/builders/ordering.js';
import { openedSubject, outcomeOf, tally } from '../support/contract-tools.js';
import { together, type OpenSubject } from '../support/subject.js';

interface PlacementStore {
  readonly placements: PlacementRepository;
}

const aKeyId = () => newId<OrderId>().replaceAll('-', '').repeat(2);

/** What every `PlacementRepository` does. */
export const placementRepositoryContract = (name: string, open: OpenSubject<PlacementStore>): void => {
  describe(`Placements on ${name}`, () => {
    const subject = openedSubject(open, 10);
    const inside = <T>(work: (placements: PlacementRepository) => Promise<T>): Promise<T> =>
      subject().transact(({ placements }) => work(placements));
    const add = (placement: Placement) => inside((placements) => placements.add(placement));
    const stored = async (given: Partial<Placement> = {}): Promise<Placement> => {
      const placement = aPlacement(given);
      await add(placement);
      return placement;
    };

    it('Placements are taken as they were added, once', async () => {
      const lines = Array.from({ length: 100 }, () => ({ productId: newId<never>(), quantity: 999 }));
      for (const given of [{}, { keyId: aKeyId(), lines }, { shippingAddress: null }]) {
        const placement = await stored(given);
        const take = () => inside((placements) => placements.take(placement.id));
        expect(await take()).to.deep.equal(placement);
        expect(await take()).to.equal(null);
      }
    });

    it('Placements are taken by one of eight at once', async () => {
      const { id } = await stored();
      const results = await together(
        Array.from({ length: 8 }, () => () => inside((placements) => placements.take(id))),
      );
      const taken = results.map((result) => result.status === 'fulfilled' && result.value !== null);
      expect(taken.filter(Boolean)).to.have.length(1);
    });

    it('Placements are kept when the transaction that takes them fails', async () => {
      const { id } = await stored();
      const failed = inside(async (placements) => {
        await placements.take(id);
        throw new Error('refused');
      });
      await failed.catch(() => undefined);
      expect((await inside((placements) => placements.take(id)))?.id).to.equal(id);
    });

    it('Placements with one key are one of eight that are added at once; the others are refused until it ends', async () => {
      const keyId = aKeyId();
      const wanted = Array.from({ length: 8 }, () => aPlacement({ keyId }));
      const outcomes = await Promise.all(wanted.map((placement) => outcomeOf(add(placement))));
      expect(tally(outcomes)).to.deep.equal({ done: 1, request_in_progress: 7 });
      const winner = wanted[outcomes.indexOf('done')] ?? expect.fail();
      await inside((placements) => placements.take(winner.id));
      expect(await outcomeOf(add(aPlacement({ keyId })))).to.equal('done');
    });

    it('Placements without a key are any number', async () => {
      for (const keyId of [null, null]) await stored({ keyId });
    });

    it('Placements of a customer are counted up to a limit, and removed', async () => {
      const customerId = newId<CustomerId>();
      const other = await stored();
      for (const given of Array.from({ length: 3 }, () => ({ customerId }))) await stored(given);
      const count = (limit: number) => inside((placements) => placements.countPlacements(customerId, limit));
      expect([await count(2), await count(10)]).to.deep.equal([2, 3]);
      await inside((placements) => placements.removeAll(customerId));
      await inside((placements) => placements.removeAll(customerId));
      expect(await count(10)).to.equal(0);
      expect((await inside((placements) => placements.take(other.id)))?.id).to.equal(other.id);
    });

    it('Placements that have expired are listed page by page, the earliest first', async () => {
      const at = (ms: number) => new Date(Date.UTC(2020, 0, 1) + ms);
      const late = [await stored({ expiresAt: at(2) }), await stored({ expiresAt: at(1) })];
      const young = await stored({ expiresAt: at(3) });
      const list = (after: { key: number; id: string } | null) =>
        subject().outside.placements.listOverdue(at(3), { limit: 1, after });
      const first = await list(null);
      const second = await list(first.next as { key: number; id: string } | null);
      expect([...first.items, ...second.items]).to.deep.equal([late[1]?.id, late[0]?.id]);
      expect(second.next).to.equal(null);
      for (const { id } of [...late, young]) await inside((placements) => placements.take(id));
    });
  });
};
