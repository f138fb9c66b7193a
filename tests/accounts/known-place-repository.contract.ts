import { expect } from 'chai';
import type { KnownPlaceRepository, UserRepository } from '#src/contexts/accounts/application/ports.js';
import { fail } from '#src/contexts/accounts/domain/errors.js';
import type { KnownPlace } from '#src/contexts/accounts/domain/known-place.js';
import type { UserId } from '#src/kernel/ids.js';
import { aKnownPlace, aTokenHash, aUser } from '../support/builders/accounts.js';
import { openedSubject, outcomeOnce, refusalOf } from '../support/contract-tools.js';
import type { OpenSubject } from '../support/subject.js';

interface Ports {
  readonly users: UserRepository;
  readonly knownPlaces: KnownPlaceRepository;
}

const day = (date: number): Date => new Date(Date.UTC(2002, 0, date));

/** What every store of known places has to hold. It may hold other places already. */
export const knownPlaceRepositoryContract = (name: string, open: OpenSubject<Ports>): void => {
  const suite = (connections: number) => {
    const store = openedSubject(open, connections);

    const storedUser = async (): Promise<UserId> => {
      const user = aUser();
      await store().transact(({ users }) => users.add(user));
      return user.id;
    };
    const put = (place: KnownPlace, most = 9) =>
      store().transact(({ knownPlaces }) => knownPlaces.put(place, most));
    const stored = async (given: Partial<KnownPlace> = {}, most = 9): Promise<KnownPlace> => {
      const place = aKnownPlace(given.userId ?? (await storedUser()), given);
      await put(place, most);
      return place;
    };
    const lastSeen = (...places: readonly KnownPlace[]) =>
      store().outside.knownPlaces.lastSeen(places.map(({ placeHash }) => placeHash));
    const areStored = async (...places: readonly KnownPlace[]): Promise<readonly boolean[]> =>
      Promise.all(places.map(async (place) => (await lastSeen(place)) !== null));

    const essentials = () => {
      it('A repository of known places returns when a place was last seen, and of several the latest time', async () => {
        const [early, late] = [await stored({ seenAt: day(2) }), await stored({ seenAt: day(3) })];
        expect(await lastSeen(early)).to.deep.equal(day(2));
        expect(await lastSeen(early, late, aKnownPlace(early.userId))).to.deep.equal(day(3));
        expect(await lastSeen(aKnownPlace(early.userId))).to.equal(null);
      });

      it('A repository of known places stores a place once, with the time that was given last', async () => {
        const place = await stored({ seenAt: day(2) });
        await put({ ...place, seenAt: day(5) });
        expect(await lastSeen(place)).to.deep.equal(day(5));
      });

      it('A repository of known places stores a place that comes from everywhere at once', async () => {
        const place = aKnownPlace(await storedUser());
        await Promise.all(Array.from({ length: 10 }, () => put(place)));
        expect(await lastSeen(place)).to.deep.equal(place.seenAt);
      });

      it('A repository of known places leaves nothing of a transaction that fails', async () => {
        const place = aKnownPlace(await storedUser());
        const work = store().transact(async ({ knownPlaces }) => {
          await knownPlaces.put(place, 9);
          throw fail('last_admin');
        });
        expect(await refusalOf(work)).to.equal('last_admin');
        expect(await areStored(place)).to.deep.equal([false]);
      });
    };

    const details = () => {
      it('A repository of known places keeps the latest places of a user, and all of others', async () => {
        const userId = await storedUser();
        const foreign = await stored({ seenAt: day(1) });
        const old = [await stored({ userId, seenAt: day(2) }), await stored({ userId, seenAt: day(3) })];
        const latest = await stored({ userId, seenAt: day(4) }, 2);
        expect(await areStored(...old, latest, foreign)).to.deep.equal([false, true, true, true]);
      });

      it('A repository of known places reports a missing user as a stale write, so that the work is run again', async () => {
        const place = aKnownPlace(aUser().id);
        const outcome = await outcomeOnce(store().transact, ({ knownPlaces }) => knownPlaces.put(place, 9));
        expect(outcome).to.equal('stale_write');
      });

      it('A repository of known places removes a user’s places with the user', async () => {
        const user = aUser();
        await store().transact(({ users }) => users.add(user));
        const place = await stored({ userId: user.id });
        await store().transact(({ users }) => users.remove(user));
        expect(await areStored(place)).to.deep.equal([false]);
      });

      it('A repository of known places removes all places of a user, and none of others', async () => {
        const userId = await storedUser();
        const [one, two] = [await stored({ userId }), await stored({ userId })];
        const foreign = await stored();
        await store().transact(({ knownPlaces }) => knownPlaces.removeAll(userId));
        await store().transact(({ knownPlaces }) => knownPlaces.removeAll(userId));
        expect(await areStored(one, two, foreign)).to.deep.equal([false, false, true]);
      });

      it('A repository of known places removes what was last seen before a time, a number of rows at a time', async () => {
        const userId = await storedUser();
        await store().transact(({ knownPlaces }) => knownPlaces.purge(day(9), 1000));
        for (let n = 0; n < 3; n += 1) await stored({ userId, seenAt: day(8), placeHash: aTokenHash() });
        const [atThatTime, later] = [await stored({ seenAt: day(9) }), await stored({ seenAt: day(10) })];
        const purge = () => store().transact(({ knownPlaces }) => knownPlaces.purge(day(9), 2));
        expect([await purge(), await purge(), await purge()]).to.deep.equal([2, 1, 0]);
        expect(await areStored(atThatTime, later)).to.deep.equal([true, true]);
      });
    };
    return { essentials, details };
  };

  describe(`KnownPlaceRepository on ${name}`, () => {
    const { essentials, details } = suite(20);
    essentials();
    details();
  });
  describe(`KnownPlaceRepository on ${name}, with one connection`, () => {
    suite(1).essentials();
  });
};
