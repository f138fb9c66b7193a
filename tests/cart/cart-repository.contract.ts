import { expect } from 'chai';
import type { CustomerId, ProductId } from '#src/kernel/ids.js';
import type { CartRepository } from '#src/contexts/cart/application/ports.js';
import type { CartLine } from '#src/contexts/cart/domain/cart.js';
import { MAX_LINES, MAX_QUANTITY } from '#src/contexts/cart/domain/limits.js';
import { aCart, aCartLine } from '../support/builders/cart.js';
import { newId } from '../support/builders/ids.js';
import {
  gate,
  next,
  openedSubject,
  outcomeOf,
  outcomeOnce,
  rejectionOf,
  tally,
} from '../support/contract-tools.js';
import type { OpenSubject, Subject } from '../support/subject.js';

interface Ports {
  readonly carts: CartRepository;
}

const lines = (count: number): readonly CartLine[] => Array.from({ length: count }, () => aCartLine());

/** Locks the customer's cart and changes its lines; makes one when there is none. */
const change = async (
  carts: CartRepository,
  customerId: CustomerId,
  linesOf: (lines: readonly CartLine[]) => readonly CartLine[],
): Promise<void> => {
  const cart = await carts.lock(customerId);
  if (cart === null) await carts.add(aCart({ customerId, lines: linesOf([]), version: 1 }));
  else await carts.update(next({ ...cart, lines: linesOf(cart.lines) }), cart);
};

/** Puts exactly `wanted` into the customer's cart. */
const fill = (
  { transact }: Subject<Ports>,
  customer: CustomerId,
  wanted: readonly CartLine[],
): Promise<void> => transact(({ carts }) => change(carts, customer, () => wanted));

const storesCarts = (subject: () => Subject<Ports>): void => {
  it('A repository of carts returns null for a cart that was never created', async () => {
    expect(await subject().outside.carts.find(newId())).to.equal(null);
  });

  it('A repository of carts locks nothing for a customer who has none', async () => {
    expect(await subject().transact(({ carts }) => carts.lock(newId()))).to.equal(null);
  });

  it('A repository of carts finds a cart that was added, empty or not, and locks it', async () => {
    for (const cart of [aCart(), aCart({ lines: lines(2) })]) {
      await subject().transact(({ carts }) => carts.add(cart));
      expect(await subject().outside.carts.find(cart.customerId)).to.deep.equal(cart);
      expect(await subject().transact(({ carts }) => carts.lock(cart.customerId))).to.deep.equal(cart);
    }
  });

  it('A repository of carts refuses a second cart of one customer', async () => {
    const cart = aCart();
    await subject().transact(({ carts }) => carts.add(cart));
    expect(await outcomeOnce(subject().transact, ({ carts }) => carts.add(cart))).to.equal('stale_write');
  });

  it('A repository of carts reads the lines back in the order in which they were put in', async () => {
    const customerId = newId<CustomerId>();
    const wanted = lines(MAX_LINES)
      .map((line) => ({ ...line, quantity: MAX_QUANTITY }))
      .reverse()
      .map((line, index) => ({ ...line, position: 3 * index }));
    await fill(subject(), customerId, wanted);
    expect(await subject().outside.carts.find(customerId)).to.deep.equal(
      aCart({ customerId, lines: wanted, version: 1 }),
    );
  });

  it('A repository of carts stores exactly the lines of the next version, in their order', async () => {
    const customerId = newId<CustomerId>();
    const [a, b, c, d, e] = Array.from({ length: 5 }, () => newId<ProductId>()) as [
      ProductId,
      ProductId,
      ProductId,
      ProductId,
      ProductId,
    ];
    const versions: readonly (readonly [ProductId, number][])[] = [
      [
        [c, 1],
        [a, 2],
        [b, 3],
      ],
      [
        [c, 1],
        [b, 4],
        [d, 5],
      ],
      [
        [d, 5],
        [e, 1],
        [c, 1],
        [b, 4],
      ],
      [],
      [[b, 7]],
    ];
    for (const [index, version] of versions.entries()) {
      const wanted = version.map(([productId, quantity], at) => ({
        productId,
        quantity,
        position: at + index,
      }));
      await fill(subject(), customerId, wanted);
      expect(await subject().outside.carts.find(customerId)).to.deep.equal(
        aCart({ customerId, lines: wanted, version: index + 1 }),
      );
    }
  });

  it('A repository of carts leaves nothing of a transaction that fails', async () => {
    const customerId = newId<CustomerId>();
    const kept = lines(2);
    await fill(subject(), customerId, kept);
    const failing = subject().transact(async ({ carts }) => {
      await change(carts, customerId, () => lines(3));
      await change(carts, newId(), () => lines(1));
      throw new Error('and then this');
    });
    expect(await rejectionOf(failing)).to.equal('and then this');
    expect(await subject().outside.carts.find(customerId)).to.deep.equal(
      aCart({ customerId, lines: kept, version: 1 }),
    );
  });

  it('A repository of carts shows a transaction its own writes', async () => {
    const customerId = newId<CustomerId>();
    const wanted = lines(2);
    const seen = await subject().transact(async ({ carts }) => {
      await change(carts, customerId, () => wanted);
      return [await carts.find(customerId), await carts.lock(customerId)];
    });
    const written = aCart({ customerId, lines: wanted, version: 1 });
    expect(seen).to.deep.equal([written, written]);
  });

  it('A repository of carts removes a cart with its lines, and no other customer’s', async () => {
    const [customerId, other] = [newId<CustomerId>(), newId<CustomerId>()];
    await fill(subject(), customerId, lines(2));
    await fill(subject(), other, lines(2));
    await subject().transact(({ carts }) => carts.remove(customerId));
    expect(await subject().outside.carts.find(customerId)).to.equal(null);
    expect((await subject().outside.carts.find(other))?.lines).to.have.length(2);
    expect(await subject().transact(({ carts }) => carts.lock(customerId))).to.equal(null);
  });

  it('A repository of carts empties a cart and returns its lines in their order', async () => {
    const [customerId, other] = [newId<CustomerId>(), newId<CustomerId>()];
    const wanted = lines(MAX_LINES).map((line, index) => ({ ...line, position: index }));
    await fill(subject(), customerId, wanted);
    await fill(subject(), other, lines(1));
    const emptied = await subject().transact(({ carts }) => carts.empty(customerId));
    expect(emptied).to.deep.equal(wanted);
    expect(await subject().outside.carts.find(customerId)).to.deep.equal(
      aCart({ customerId, lines: [], version: 2 }),
    );
    expect((await subject().outside.carts.find(other))?.lines).to.have.length(1);
    expect(await subject().transact(({ carts }) => carts.empty(newId()))).to.deep.equal([]);
  });

  it('A repository of carts ignores the removal of a missing cart', async () => {
    await subject().transact(({ carts }) => carts.remove(newId()));
  });
};

const decidesRaces = (subject: () => Subject<Ports>): void => {
  it('A repository of carts lets twenty who change one cart at once do so one after the other', async () => {
    const customerId = newId<CustomerId>();
    await fill(subject(), customerId, []);
    const wanted = lines(20);
    await Promise.all(
      wanted.map((line) =>
        subject().transact(({ carts }) => change(carts, customerId, (before) => [...before, line])),
      ),
    );
    const stored = await subject().outside.carts.find(customerId);
    expect(stored?.version).to.equal(21);
    expect(stored?.lines).to.have.deep.members(wanted);
  });

  it('A repository of carts gives the lines of a cart to one of twenty who empty it at once', async () => {
    const customerId = newId<CustomerId>();
    const wanted = lines(2);
    await fill(subject(), customerId, wanted);
    const emptied = await Promise.all(
      lines(20).map(() => subject().transact(({ carts }) => carts.empty(customerId))),
    );
    expect(emptied.filter((each) => each.length > 0)).to.deep.equal([wanted]);
    const stored = await subject().outside.carts.find(customerId);
    expect(stored?.lines).to.deep.equal([]);
    expect(stored?.version).to.be.above(1);
  });

  it('A repository of carts creates one cart for concurrent first additions', async () => {
    const customerId = newId<CustomerId>();
    const wanted = lines(10);
    const adding = wanted.map((line) =>
      outcomeOf(subject().transact(({ carts }) => change(carts, customerId, (before) => [...before, line]))),
    );
    expect(tally(await Promise.all(adding))).to.deep.equal({ done: 10 });
    const stored = await subject().outside.carts.find(customerId);
    expect(stored?.version).to.equal(10);
    expect(stored?.lines).to.have.deep.members(wanted);
  });

  it('A repository of carts keeps a cart locked until the transaction ends', async () => {
    const customerId = newId<CustomerId>();
    await fill(subject(), customerId, []);
    const last = lines(1);
    const locked = gate();
    const first = subject().transact(async ({ carts }) => {
      const cart = (await carts.lock(customerId)) ?? expect.fail('the cart is gone');
      locked.open();
      // Time for a second transaction that no lock stops to begin, to read and to end.
      for (let reads = 0; reads < 50; reads += 1) await carts.find(customerId);
      await carts.update(next({ ...cart, lines: last }), cart);
    });
    await locked.opened;
    const second = subject().transact(async ({ carts }) => (await carts.lock(customerId))?.lines);
    await first;
    expect(await second).to.deep.equal(last);
  });
};

/** What every repository of carts promises, on whatever store. */
export const cartRepositoryContract = (name: string, open: OpenSubject<Ports>): void => {
  describe(`The repository of carts on ${name}`, () => {
    describe('with connections enough', () => {
      const subject = openedSubject(open, 20);
      storesCarts(subject);
      decidesRaces(subject);
    });
    describe('with one connection', () => {
      storesCarts(openedSubject(open, 1));
    });
  });
};
