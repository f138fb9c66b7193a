import { expect } from 'chai';
import type { ReservationRepository } from '#src/contexts/catalog/application/ports.js';
import { Reservation, RESERVATION_STATES } from '#src/contexts/catalog/domain/reservation.js';
import type { OrderId } from '#src/kernel/ids.js';
import { aReservation, dollars } from '../support/builders/catalog.js';
import { newId } from '../support/builders/ids.js';
import { next, openedSubject, outcomeOf, outcomeOnce, tally, walk } from '../support/contract-tools.js';
import { rivalOf } from '../support/rival.js';
import type { OpenSubject } from '../support/subject.js';

interface ReservationStore {
  readonly reservations: ReservationRepository;
}

const AT = new Date('2026-06-01T12:00:00.000Z');
const after = (ms: number) => new Date(AT.getTime() + ms);

/** What every `ReservationRepository` does. */
export const reservationRepositoryContract = (name: string, open: OpenSubject<ReservationStore>): void => {
  describe(`Reservations on ${name}`, () => {
    const subject = openedSubject(open, 20);
    const inside = <T>(work: (reservations: ReservationRepository) => Promise<T>): Promise<T> =>
      subject().transact(({ reservations }) => work(reservations));
    const stored = async (given: Partial<Reservation> = {}): Promise<Reservation> => {
      const reservation = aReservation(given);
      await inside((reservations) => reservations.add(reservation));
      return reservation;
    };
    const find = (id: OrderId) => subject().outside.reservations.find(id);

    it('Reservations of an order that has none are null', async () => {
      expect(await find(newId())).to.equal(null);
      expect(await inside((reservations) => reservations.lock(newId()))).to.equal(null);
    });

    it('Reservations are read as they were stored: with any number of lines, of the longest names and the highest prices', async () => {
      const line = (at: number) => ({
        productId: newId<never>(),
        quantity: 999,
        sku: at % 2 === 0 ? null : '🫖'.repeat(64),
        name: '🫖'.repeat(200),
        unitPrice: dollars(500_000_000),
      });
      for (const [at, state] of RESERVATION_STATES.entries()) {
        const lines = Array.from({ length: [0, 1, 100][at] ?? 2 }, (_, number) => line(number));
        const reservation = await stored({ state, lines });
        expect(await find(reservation.orderId)).to.deep.equal(reservation);
        expect(await inside((reservations) => reservations.lock(reservation.orderId))).to.deep.equal(
          reservation,
        );
      }
    });

    it('Reservations are replaced by their next version, and by no other', async () => {
      const reservation = await stored({ lines: [] });
      const { lines } = aReservation();
      const filled = { ...Reservation.fill(reservation, lines), state: 'released', updatedAt: AT } as const;
      const update = (given: Reservation) =>
        outcomeOnce(subject().transact, ({ reservations }) => reservations.update(given));
      expect(await update(next(filled))).to.equal('stale_write');
      expect(await update(aReservation({ version: 2 })), 'of another order').to.equal('stale_write');
      expect(await find(reservation.orderId)).to.deep.equal(reservation);
      expect(await update(filled)).to.equal('done');
      expect(await find(reservation.orderId)).to.deep.equal(filled);
      expect(await update(filled)).to.equal('stale_write');
    });

    it('Reservations are replaced by one of twenty writers that have read the same version', async () => {
      const reservation = await stored();
      const writers = Array.from({ length: 20 }, () =>
        outcomeOnce(subject().transact, ({ reservations }) =>
          reservations.update(Reservation.release(reservation, AT)),
        ),
      );
      expect(tally(await Promise.all(writers))).to.deep.equal({ done: 1, stale_write: 19 });
    });

    it('Reservations are added once for an order: another one is a stale write, so that running again finds the first', async () => {
      const reservation = await stored();
      const again = () =>
        outcomeOnce(subject().transact, ({ reservations }) =>
          reservations.add(aReservation({ orderId: reservation.orderId, expiresAt: AT })),
        );
      expect(await again()).to.equal('stale_write');
      expect(await find(reservation.orderId)).to.deep.equal(reservation);
    });

    it('Reservations are opened once for an order, also by twenty transactions at once', async () => {
      const open = (reservation: Reservation) => inside((reservations) => reservations.addFirst(reservation));
      const first = await stored();
      expect(await open(aReservation({ orderId: first.orderId, expiresAt: AT }))).to.equal(false);
      expect(await find(first.orderId)).to.deep.equal(first);
      const { orderId } = aReservation();
      const rivals = Array.from({ length: 20 }, (_, at) => aReservation({ orderId, expiresAt: after(at) }));
      const outcomes = await Promise.all(rivals.map(open));
      expect(outcomes.filter(Boolean)).to.have.length(1);
      expect(await find(orderId)).to.deep.equal(rivals[outcomes.indexOf(true)]);
    });

    it('Reservations have a second one for the same order wait for the transaction that stores the first', async () => {
      const first = aReservation();
      let attempts = 0;
      const rival = rivalOf(() =>
        inside((reservations) => {
          attempts += 1;
          return reservations.addFirst(aReservation({ orderId: first.orderId, expiresAt: AT }));
        }),
      );
      await inside(async (reservations) => {
        await reservations.add(first);
        await rival.meet(() => reservations.find(first.orderId));
        // On SQLite it has to wait for this transaction before it begins.
        expect(rival.hasEnded()).to.equal(false);
      });
      expect(await rival.outcome).to.equal('done');
      expect(attempts).to.be.within(1, 2);
      expect(await find(first.orderId)).to.deep.equal(first);
    });

    it('Reservations do not change while they are locked', async () => {
      const reservation = await stored();
      const { orderId } = reservation;
      const rival = rivalOf(() =>
        inside(async (reservations) => {
          const found = await reservations.lock(orderId);
          if (found?.state === 'reserved') await reservations.update(Reservation.release(found, AT));
        }),
      );
      await inside(async (reservations) => {
        const found = await reservations.lock(orderId);
        await rival.meet(() => reservations.find(orderId));
        expect(await reservations.find(orderId)).to.deep.equal(found);
        if (found !== null) await reservations.update(Reservation.confirm(found, AT));
      });
      expect(await rival.outcome).to.equal('done');
      expect((await find(orderId))?.state).to.equal('confirmed');
    });

    it('Reservations that are overdue are listed by their expiry, also those of the same moment, and no others', async () => {
      // A year earlier than those of the other tests.
      const early = new Date('2025-06-01T12:00:00.000Z');
      const expiring = (ms: number, given: Partial<Reservation> = {}) =>
        stored({ expiresAt: new Date(early.getTime() + ms), ...given });
      const overdue = [await expiring(-3), await expiring(-2), await expiring(-2), await expiring(-1)];
      await expiring(0);
      for (const state of RESERVATION_STATES) if (state !== 'reserved') await expiring(-5, { state });
      const expected = overdue
        .toSorted((a, b) => a.expiresAt.getTime() - b.expiresAt.getTime() || (a.orderId < b.orderId ? -1 : 1))
        .map(({ orderId }) => orderId);
      for (const limit of [1, 2, 10])
        expect(
          await walk((page) => subject().outside.reservations.listOverdue(early, page), limit),
        ).to.deep.equal(expected);
    });

    it('Reservations are purged when they are settled and expired before a time, a batch at a time', async () => {
      const purge = (limit: number) => inside((reservations) => reservations.purge(AT, limit));
      await purge(1000);
      const old = await Promise.all(
        (['confirmed', 'released', 'cancelled'] as const).map((state) =>
          stored({ state, expiresAt: after(-1) }),
        ),
      );
      const kept = [
        await stored({ state: 'confirmed', expiresAt: AT }),
        await stored({ state: 'reserved', expiresAt: after(-1) }),
        await stored({ state: 'failed', expiresAt: after(-1) }),
      ];
      expect([await purge(2), await purge(2), await purge(2)]).to.deep.equal([2, 1, 0]);
      expect(await Promise.all(old.map(({ orderId }) => find(orderId)))).to.deep.equal([null, null, null]);
      expect(await Promise.all(kept.map(({ orderId }) => find(orderId)))).to.deep.equal(kept);
    });
  });

  describe(`Reservations on ${name} with one connection`, () => {
    const subject = openedSubject(open, 1);

    it('Reservations with one connection stay inside their transaction in every call', async () => {
      const reservation = aReservation({ state: 'confirmed', expiresAt: after(-1) });
      const { orderId } = reservation;
      const work = subject().transact(async ({ reservations }) => {
        await reservations.add(reservation);
        expect(await reservations.find(orderId)).to.deep.equal(reservation);
        expect(await reservations.lock(orderId)).to.deep.equal(reservation);
        await reservations.update(next(reservation));
        expect(await reservations.listOverdue(AT, { limit: 1, after: null })).to.deep.equal({
          items: [],
          next: null,
        });
        expect(await reservations.purge(AT, 1)).to.equal(1);
      });
      expect(await outcomeOf(work)).to.equal('done');
    });
  });
};
