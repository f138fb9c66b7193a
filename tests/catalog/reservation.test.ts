import { expect } from 'chai';
import { reservationFailed } from '#src/contexts/catalog/domain/events.js';
import {
  Reservation,
  RESERVATION_STATES,
  type ReservationState,
} from '#src/contexts/catalog/domain/reservation.js';
import { StockMovement } from '#src/contexts/catalog/domain/stock.js';
import type { OrderId, ProductId } from '#src/kernel/ids.js';
import { aReservation } from '../support/builders/catalog.js';
import { newId } from '../support/builders/ids.js';
import { refusal } from '../support/contract-tools.js';

const AT = new Date('2026-06-01T12:00:00.000Z');
const LATER = new Date('2026-06-01T12:05:00.000Z');

describe('A reservation', () => {
  it('A reservation is opened without lines, and gets those for which the stock was taken', () => {
    const orderId = newId<OrderId>();
    const opened = Reservation.open({ orderId, expiresAt: LATER, at: AT });
    expect(opened).to.deep.equal({
      ...{ orderId, state: 'reserved', lines: [], expiresAt: LATER, version: 1 },
      ...{ createdAt: AT, updatedAt: AT },
    });
    const { lines } = aReservation();
    expect(Reservation.fill(opened, lines)).to.deep.equal({ ...opened, lines, version: 2 });
  });

  it('A reservation that never was is settled from its beginning', () => {
    const orderId = newId<OrderId>();
    expect(Reservation.without(orderId, 'released', AT)).to.deep.equal({
      ...{ orderId, state: 'released', lines: [], expiresAt: AT, version: 1 },
      ...{ createdAt: AT, updatedAt: AT },
    });
  });

  it('A reservation gets a version and a time with each change of its state', () => {
    const reservation = aReservation();
    for (const [change, state] of [
      [Reservation.confirm, 'confirmed'],
      [Reservation.release, 'released'],
      [Reservation.fail, 'failed'],
      [Reservation.cancel, 'cancelled'],
    ] as const)
      expect(change(reservation, LATER)).to.deep.equal({
        ...reservation,
        state,
        version: 2,
        updatedAt: LATER,
      });
  });

  it('A reservation returns its lines when the same ones are requested again while it holds their stock, and is lapsed afterwards', () => {
    const of = (state: ReservationState) => aReservation({ state });
    for (const state of RESERVATION_STATES) {
      const reservation = of(state);
      const repeat = () => Reservation.repeat(reservation, reservation.lines);
      if (state === 'reserved' || state === 'confirmed') expect(repeat()).to.equal(reservation.lines);
      else {
        const { code, details } = refusal(repeat);
        expect([code, details]).to.deep.equal(['reservation_lapsed', { orderId: reservation.orderId }]);
      }
    }
  });

  it('A reservation is no answer to a request for other lines', () => {
    const reservation = aReservation();
    const [line] = reservation.lines as [Reservation['lines'][0]];
    for (const other of [
      [],
      [line, line],
      [{ ...line, quantity: 1 }],
      [{ ...line, productId: newId<ProductId>() }],
    ])
      expect(() => Reservation.repeat(reservation, other)).to.throw('other lines are reserved');
  });

  it('A reservation is overdue after its expiry, as long as nothing has become of it', () => {
    const overdue = (state: ReservationState, at: number) =>
      Reservation.isOverdue(aReservation({ state, expiresAt: AT }), new Date(at));
    expect([overdue('reserved', AT.getTime()), overdue('reserved', AT.getTime() + 1)]).to.deep.equal([
      false,
      true,
    ]);
    for (const state of RESERVATION_STATES)
      expect(overdue(state, LATER.getTime()), state).to.equal(state === 'reserved');
  });

  it('A reservation that failed names the products that are short in its event, whose version is its own', () => {
    const failed = Reservation.fail(aReservation({ state: 'released', version: 3 }), LATER);
    const short = [newId<ProductId>(), newId<ProductId>()].map((productId) => ({
      ...{ productId, requested: 2, available: 1 },
    }));
    expect(reservationFailed(failed, short)).to.deep.equal({
      type: 'reservation.failed',
      aggregateId: failed.orderId,
      version: 4,
      occurredAt: LATER,
      data: { products: short.map(({ productId }) => productId).join(' ') },
    });
    expect(reservationFailed(failed, []).data).to.deep.equal({ products: '' });
  });
});

describe('What an order has taken', () => {
  it('What an order has taken is what its movements leave, product by product', () => {
    const [mug, cup, pot] = [newId<ProductId>(), newId<ProductId>(), newId<ProductId>()];
    expect(StockMovement.outstanding([])).to.deep.equal([]);
    expect(
      StockMovement.outstanding([
        { productId: mug, delta: -3 },
        { productId: cup, delta: -2 },
        { productId: pot, delta: -1 },
        { productId: cup, delta: 2 },
      ]),
    ).to.have.deep.members([
      { productId: mug, quantity: 3 },
      { productId: pot, quantity: 1 },
    ]);
  });
});
