import { expect } from 'chai';
import { clearCart } from '#src/contexts/cart/application/change-cart.js';
import type { OrderingPorts } from '#src/contexts/ordering/application/ports.js';
import { productCopies } from '#src/contexts/catalog/adapters/services/product-copies.js';
import { advanceOrder } from '#src/contexts/ordering/application/advance-order.js';
import { Order } from '#src/contexts/ordering/domain/order.js';
import { holdElsewhere } from '#src/contexts/privacy/adapters/services/remote-erasure.js';
import {
  eraseClosed,
  HOLD_MS,
  holdPerson,
  type RemoteErasurePorts,
} from '#src/contexts/privacy/application/erase-elsewhere.js';
import type { Actor } from '#src/kernel/actor.js';
import type { CustomerId, OrderId, SessionId, UserId } from '#src/kernel/ids.js';
import type { ErasureId } from '#src/kernel/personal-data.js';
import type { Work } from '#src/kernel/transact.js';
import { bindings } from '#src/main/bindings.js';
import type { Calls } from '#src/platform/context-module.js';
import { transactWithFacts } from '#src/platform/neighbours/facts.js';
import { aCart } from '../support/builders/cart.js';
import { newId } from '../support/builders/ids.js';
import { anOrder, aPlacement } from '../support/builders/ordering.js';
import { openedSubject, refusalOf } from '../support/contract-tools.js';
import { forEachPersistence, USD } from '../support/persistences.js';
import { hashPlace } from '../support/places.js';
import { rivalOf } from '../support/rival.js';

const now = (): Date => new Date('2026-03-01T12:00:00.000Z');
const ADMINISTRATOR: Actor = {
  id: newId<UserId>(),
  sessionId: newId<SessionId>(),
  role: 'admin',
  authenticatedAt: now(),
};

/** Another process, which tells of accounts as if none was ever erased, except `withoutAccount`. */
const neighbour = (withoutAccount: ReadonlySet<UserId>): Calls => ({
  call: (_operation, request) => {
    const { id } = request as { readonly id: UserId };
    const account = { name: 'Ada', email: 'ada@customers.test', disabled: false, emailVerified: true };
    return Promise.resolve({ account: withoutAccount.has(id) ? null : account } as never);
  },
});

forEachPersistence((name, open) => {
  describe(`The erasure of a person whose account is elsewhere on ${name}`, () => {
    const subject = openedSubject(open, 10);
    const withoutAccount = new Set<UserId>();
    const config = { currency: USD, requireVerifiedEmail: false };
    const parts = {
      ...{ now, newId, hashPlace, config, productCopies: productCopies({ now }) },
      ...{ webhookSurplus: { isPossible: false }, eventSenders: [] },
    };
    const bind = bindings(parts, ['cart', 'ordering'], () => neighbour(withoutAccount));
    const erasing = <T>(work: Work<RemoteErasurePorts, T>): Promise<T> =>
      transactWithFacts(subject().transact, bind.erasing)(work);
    const ordering = <T>(work: Work<OrderingPorts, T>): Promise<T> =>
      transactWithFacts(subject().transact, bind.ports('ordering'))(work);
    const useCart = (id: CustomerId) =>
      transactWithFacts(subject().transact, bind.ports('cart'))(clearCart(id, undefined));
    const place = async (order: Partial<Order> & Pick<Order, 'customerId'>): Promise<OrderId> => {
      const placed = anOrder(order);
      await subject().transact(({ orders }) => orders.add(placed));
      return placed.id;
    };
    const confirm = (id: OrderId) => ordering(advanceOrder(ADMINISTRATOR, id, 'confirmed', undefined));
    const erase = (person: UserId) => erasing(eraseClosed({ id: newId<ErasureId>(), person }));
    const aPerson = () => newId<CustomerId>();

    for (const status of ['confirmed', 'shipped'] as const)
      it(`The erasure of a person whose account is elsewhere is refused while an order is ${status}, and holds nobody`, async () => {
        const customerId = aPerson();
        await place({ customerId, status });
        const pending = await place({ customerId });
        expect(await refusalOf(erasing(holdPerson(customerId)))).to.equal('open_orders');
        expect((await confirm(pending)).status).to.equal('confirmed');
      });

    it('The erasure of a person whose account is elsewhere keeps carts and confirmations from beginning before it', async () => {
      const customerId = aPerson();
      const pending = await place({ customerId });
      await erasing(holdPerson(customerId));
      await erasing(holdPerson(customerId));
      expect(await refusalOf(confirm(pending))).to.equal('stale_write');
      expect(await refusalOf(useCart(customerId))).to.equal('stale_write');
      expect((await useCart(aPerson())).lines).to.deep.equal([]);
    });

    it('The erasure of a person whose account is elsewhere waits for an order that is being confirmed, and sees it', async () => {
      const customerId = aPerson();
      const order = anOrder({ customerId });
      await place(order);
      const hold = rivalOf(() => erasing(holdPerson(customerId)));
      await ordering(async ({ customers, orders }) => {
        await customers.lock(customerId);
        await hold.meet(() => orders.find(order.id));
        await orders.update(Order.moveTo(order, 'confirmed', now()));
      });
      expect(await hold.outcome).to.equal('open_orders');
    });

    it('The erasure of a person whose account is elsewhere counts from the end of the account, although the event comes late', async () => {
      const customerId = aPerson();
      const pending = await place({ customerId });
      withoutAccount.add(customerId);
      expect(await refusalOf(confirm(pending))).to.equal('customer_erased');
      expect(await refusalOf(useCart(customerId))).to.equal('customer_not_found');
    });

    it('The erasure of a person whose account is elsewhere is for good, whatever was known of the account before', async () => {
      const customerId = aPerson();
      const pending = await place({ customerId });
      await subject().transact(({ carts }) => carts.add(aCart({ customerId })));
      await erasing(holdPerson(customerId));
      await erase(customerId);
      expect(await refusalOf(confirm(pending))).to.equal('customer_erased');
      expect(await refusalOf(useCart(customerId))).to.equal('customer_not_found');
      const { carts, bulkCancellations } = subject().outside;
      expect(await carts.find(customerId)).to.equal(null);
      const { items } = await bulkCancellations.list({ customerId }, { limit: 2, after: null });
      expect(items.map(({ reason }) => reason)).to.deep.equal(['customer_erased']);
    });

    it('The erasure of a person whose account is elsewhere removes what is being ordered, or comes after it', async () => {
      const customerId = aPerson();
      const [first, second] = [aPlacement({ customerId }), aPlacement({ customerId })];
      await subject().transact(async ({ placements }) => {
        await placements.add(first);
        await placements.add(second);
      });
      const erasure = rivalOf(() => erase(customerId));
      await ordering(async ({ placements, orders }) => {
        await placements.take(first.id);
        await erasure.meet(() => orders.find(first.id));
        await orders.add(anOrder({ customerId }));
      });
      expect(await erasure.outcome).to.equal('done');
      expect(await ordering(({ placements }) => placements.take(second.id))).to.equal(null);
      const { items } = await subject().outside.bulkCancellations.list(
        { customerId },
        { limit: 2, after: null },
      );
      expect(items).to.have.length(1);
    });

    it('The erasure of a person whose account is elsewhere is refused by nothing once the account is closed', async () => {
      const customerId = aPerson();
      await place({ customerId, status: 'shipped' });
      await erase(customerId);
      const { items } = await subject().outside.bulkCancellations.list(
        { customerId },
        { limit: 2, after: null },
      );
      expect(items).to.have.length(1);
    });
  });
});

describe('A transaction that needs a person to be held elsewhere', () => {
  const hold = async (tookMs: number) => {
    let time = now().getTime();
    let calls = 0;
    const transact = transactWithFacts(
      (work) => work(null),
      (_inner, facts) =>
        holdElsewhere({
          facts,
          service: {
            call: () => {
              calls += 1;
              time += tookMs;
              return Promise.resolve({} as never);
            },
          },
          name: 'ordering',
          errors: [],
          now: () => new Date(time),
        }),
    );
    const person = newId<UserId>(); // the work runs twice
    await transact((step) => step(person));
    return calls;
  };

  it('A transaction that needs a person to be held elsewhere goes on once that is done', async () => {
    expect(await hold(HOLD_MS / 2)).to.equal(1);
  });

  it('A transaction that needs a person to be held elsewhere fails if the hold may lapse before it ends', async () => {
    expect(await refusalOf(hold(HOLD_MS / 2 + 1))).to.equal('service_unavailable');
  });
});
