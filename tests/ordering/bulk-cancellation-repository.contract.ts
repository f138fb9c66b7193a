import { expect } from 'chai';
import type { BulkCancellationRepository } from '#src/contexts/ordering/application/ports.js';
import type { BulkCancellation } from '#src/contexts/ordering/domain/bulk-cancellation.js';
import type { CustomerId } from '#src/kernel/ids.js';
import { newId } from '../support/builders/ids.js';
import { aBulkCancellation } from '../support/builders/ordering.js';
import { next, openedSubject, outcomeOnce, tally, walk } from '../support/contract-tools.js';
import type { OpenSubject, Subject } from '../support/subject.js';

interface Ports {
  readonly bulkCancellations: BulkCancellationRepository;
}

const at = (minutes: number): Date => new Date(Date.parse('2026-03-01T12:00:00.000Z') + minutes * 60_000);

const add = ({ transact }: Subject<Ports>, ...all: readonly BulkCancellation[]): Promise<void> =>
  transact(async ({ bulkCancellations }) => {
    for (const bulk of all) await bulkCancellations.add(bulk);
  });

const storesBulkCancellations = (subject: () => Subject<Ports>): void => {
  const find = ({ id }: BulkCancellation) => subject().outside.bulkCancellations.find(id);

  it('A repository of bulk cancellations returns null for a missing one', async () => {
    expect(await find(aBulkCancellation())).to.equal(null);
  });

  it('A repository of bulk cancellations reads back what was stored', async () => {
    const all = [
      aBulkCancellation(),
      aBulkCancellation({ reason: 'user_disabled', requestedBy: null }),
      aBulkCancellation({ customerId: null, from: at(-5), to: at(5) }),
      aBulkCancellation({ after: { key: at(-7).getTime(), id: newId() }, cancelled: 7, version: 3 }),
      aBulkCancellation({ createdAt: at(0), updatedAt: at(1), finishedAt: at(1), version: 9 }),
    ];
    await add(subject(), ...all);
    for (const bulk of all) expect(await find(bulk)).to.deep.equal(bulk);
  });

  it('A repository of bulk cancellations does not take a second one of the same id, which running again would find', async () => {
    const bulk = aBulkCancellation();
    await add(subject(), bulk);
    const again = await outcomeOnce(subject().transact, ({ bulkCancellations }) =>
      bulkCancellations.add({ ...bulk, cancelled: 5 }),
    );
    expect(again).to.equal('stale_write');
    expect(await find(bulk)).to.deep.equal(bulk);
  });

  it('A repository of bulk cancellations stores how far it has come as the next version, and nothing else', async () => {
    const bulk = aBulkCancellation();
    await add(subject(), bulk);
    const after = { key: at(-9).getTime(), id: newId() };
    const progress = { after, updatedAt: at(3), finishedAt: at(3) };
    const forged = { cancelled: 99, customerId: newId<CustomerId>(), reason: 'user_disabled' } as const;
    await subject().transact(({ bulkCancellations }) =>
      bulkCancellations.update(next({ ...bulk, ...progress, ...forged })),
    );
    expect(await find(bulk)).to.deep.equal({ ...bulk, ...progress, version: 2 });
  });

  it('A repository of bulk cancellations counts without changing the version', async () => {
    const [bulk, other] = [aBulkCancellation({ cancelled: 3 }), aBulkCancellation()];
    await add(subject(), bulk, other);
    await subject().transact(async ({ bulkCancellations }) => {
      await bulkCancellations.count(bulk.id);
      await bulkCancellations.count(bulk.id);
    });
    expect(await find(bulk)).to.deep.equal({ ...bulk, cancelled: 5 });
    expect(await find(other)).to.deep.equal(other);
  });

  it('A repository of bulk cancellations refuses an update of another version than the stored one, and of none', async () => {
    const bulk = aBulkCancellation({ version: 3 });
    await add(subject(), bulk);
    for (const wrong of [{ ...bulk, version: 2 }, { ...bulk, version: 4 }, aBulkCancellation()]) {
      const outcome = await outcomeOnce(subject().transact, ({ bulkCancellations }) =>
        bulkCancellations.update(next({ ...wrong, finishedAt: at(1) })),
      );
      expect(outcome).to.equal('stale_write');
    }
    expect(await find(bulk)).to.deep.equal(bulk);
  });
};

const decidesRaces = (subject: () => Subject<Ports>): void => {
  it('A repository of bulk cancellations lets one of twenty writers with the same version win, and counts for each of twenty', async () => {
    const bulk = aBulkCancellation();
    await add(subject(), bulk);
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, async () => {
        await subject().transact(({ bulkCancellations }) => bulkCancellations.count(bulk.id));
        return outcomeOnce(subject().transact, ({ bulkCancellations }) =>
          bulkCancellations.update(next({ ...bulk, finishedAt: at(1) })),
        );
      }),
    );
    expect(tally(outcomes)).to.deep.equal({ done: 1, stale_write: 19 });
    const stored = await subject().outside.bulkCancellations.find(bulk.id);
    expect(stored).to.deep.include({ version: 2, cancelled: 20, finishedAt: at(1) });
  });

  it('A repository of bulk cancellations lists the latest first, of all customers or of one', async () => {
    const [mine, other] = [newId<CustomerId>(), newId<CustomerId>()];
    const all = [
      aBulkCancellation({ customerId: mine, createdAt: at(10_001) }),
      aBulkCancellation({ customerId: other, createdAt: at(10_002) }),
      aBulkCancellation({ customerId: null, createdAt: at(10_003) }),
      aBulkCancellation({ customerId: mine, createdAt: at(10_004) }),
    ];
    await add(subject(), ...all);
    const { bulkCancellations } = subject().outside;
    const found = async (filter: { readonly customerId?: CustomerId }) =>
      (await walk((page) => bulkCancellations.list(filter, page), 2)).filter(({ id }) =>
        all.some((bulk) => bulk.id === id),
      );
    expect(await found({})).to.deep.equal(all.toReversed());
    expect(await found({ customerId: mine })).to.deep.equal([all[3], all[0]]);
  });
};

/** What every repository of bulk cancellations promises, on whatever store. */
export const bulkCancellationRepositoryContract = (name: string, open: OpenSubject<Ports>): void => {
  describe(`The repository of bulk cancellations on ${name}`, () => {
    describe('with connections enough', () => {
      const subject = openedSubject(open, 20);
      storesBulkCancellations(subject);
      decidesRaces(subject);
    });
    describe('with one connection', () => {
      storesBulkCancellations(openedSubject(open, 1));
    });
  });
};
