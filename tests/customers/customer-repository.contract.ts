import { expect } from 'chai';
import type { Address, Customer } from '#src/contexts/customers/domain/customer.js';
import { MAX_ADDRESSES } from '#src/contexts/customers/domain/limits.js';
import { aCustomer, anAddress } from '../support/builders/customers.js';
import { next, openedSubject, outcomeOf, tally } from '../support/contract-tools.js';
import { rivalOf } from '../support/rival.js';
import type { OpenSubject, Subject } from '../support/subject.js';
import { listsCustomers, type Ports } from './customer-lists.contract.js';

/** The addresses, with positions in their order. */
const inOrder = (addresses: readonly Address[]): readonly Address[] =>
  addresses.map((address, index) => ({ ...address, position: index + 1 }));

/** What every `CustomerRepository` keeps to, on a store that `open` makes, empty. */
export const customerRepositoryContract = (name: string, open: OpenSubject<Ports>): void => {
  describe(`CustomerRepository on ${name}`, () => {
    let subject: Subject<Ports>;
    const opened = (connections: number) => {
      const own = openedSubject(open, connections);
      before(() => {
        subject = own();
      });
      afterEach(async () => {
        const { items } = await subject.outside.customers.list({}, { limit: 100, after: null });
        await subject.transact(async ({ customers }) => {
          for (const customer of items) await customers.remove(customer);
        });
      });
    };
    const add = (...customers: readonly Customer[]): Promise<void> =>
      subject.transact(async (ports) => {
        for (const customer of customers) await ports.customers.add(customer);
      });
    /** Stores the next version of a customer, whose addresses are as given. */
    const update = (customer: Customer): Promise<void> =>
      subject.transact(async ({ customers }) => {
        const before = (await customers.find(customer.id)) ?? expect.fail('the customer is gone');
        await customers.update(next(customer), before);
      });
    const remove = (customer: Customer): Promise<void> =>
      subject.transact(({ customers }) => customers.remove(customer));
    const find = (id: Customer['id']): Promise<Customer | null> => subject.outside.customers.find(id);
    const bookOf = async (id: Customer['id']): Promise<readonly Address[]> =>
      (await find(id))?.addresses ?? [];

    const essentials = () => {
      it('A repository of customers returns null for a missing customer', async () => {
        const { id } = aCustomer();
        expect(await find(id)).to.equal(null);
        const held = await subject.transact(({ customers }) => customers.lock(id));
        expect(held).to.equal(null);
        expect(await subject.transact(({ customers }) => customers.lockOnly(id))).to.equal(false);
      });

      it('A repository of customers finds what it was given, addresses in their order', async () => {
        const addresses = ['Cork', 'Bray', 'Athy'].map((city) =>
          anAddress({ city, isDefault: city === 'Bray' }),
        );
        const customer = aCustomer({ addresses: inOrder(addresses.toReversed()) });
        await add(customer, aCustomer({ addresses: [anAddress({ isDefault: true })] }));
        expect(await find(customer.id)).to.deep.equal(customer);
        const held = await subject.transact(({ customers }) => customers.lock(customer.id));
        expect(held).to.deep.equal(customer);
      });

      it('A repository of customers stores the next version of profile and address book', async () => {
        const customer = aCustomer({ addresses: [anAddress({ isDefault: true }), anAddress()] });
        await add(customer);
        const changed: Customer = {
          ...customer,
          name: 'Grace',
          email: 'grace@example.com',
          phone: '1',
          addresses: [...customer.addresses.slice(1), anAddress({ city: 'Cork', isDefault: true })],
          updatedAt: new Date('2026-05-05T05:05:05.005Z'),
        };
        await update(changed);
        expect(await find(customer.id)).to.deep.equal({ ...changed, version: 2 });
      });

      it('A repository of customers leaves nothing of a transaction that failed', async () => {
        const [kept, added] = [aCustomer({ addresses: [anAddress({ isDefault: true })] }), aCustomer()];
        await add(kept);
        const failure = new Error('on purpose');
        const failing = subject.transact(async ({ customers }) => {
          await customers.add(added);
          await customers.update(next({ ...kept, name: 'Grace', addresses: [] }), kept);
          throw failure;
        });
        expect(await failing.catch((error: unknown) => error)).to.equal(failure);
        expect(await find(added.id)).to.equal(null);
        expect(await find(kept.id)).to.deep.equal(kept);
      });

      it('A repository of customers shows a transaction its own writes', async () => {
        const customer = aCustomer({ addresses: [anAddress({ isDefault: true })] });
        const seen = await subject.transact(async ({ customers }) => {
          await customers.add(customer);
          return customers.find(customer.id);
        });
        expect(seen).to.deep.equal(customer);
      });

      it('A repository of customers lists customers with their address books', async () => {
        const ada = aCustomer({ addresses: [anAddress({ isDefault: true }), anAddress()] });
        const grace = aCustomer({ createdAt: new Date('2026-02-02T02:02:02Z') });
        await add(ada, grace);
        const page = await subject.outside.customers.list({}, { limit: 10, after: null });
        expect(page).to.deep.equal({ items: [grace, ada], next: null });
      });
    };

    describe('with one connection', () => {
      opened(1);
      essentials();
    });

    describe('with many connections', () => {
      opened(20);
      essentials();

      it('A repository of customers keeps every character, at the greatest lengths', async () => {
        const wide = (length: number): string => '🧵'.repeat(length);
        const address = anAddress({
          ...{ name: wide(120), line1: wide(200), line2: wide(200), city: wide(120), region: wide(120) },
          ...{ postalCode: wide(20), country: 'ZZ', phone: wide(40), isDefault: true },
        });
        const email = `${wide(242)}@example.com`;
        const customer = aCustomer({ name: wide(120), email, phone: wide(40), addresses: [address] });
        await add(customer);
        expect(await find(customer.id)).to.deep.equal(customer);
      });

      it('A repository of customers keeps a name that grows when it is normalised for the search', async () => {
        const customer = aCustomer({ name: 'ﷺ'.repeat(120) });
        await add(customer);
        const { items } = await subject.outside.customers.list({ text: 'ﷺ' }, { limit: 1, after: null });
        expect(items).to.deep.equal([customer]);
      });

      it('A repository of customers keeps a full address book', async () => {
        const addresses = Array.from({ length: MAX_ADDRESSES }, (_, i) => anAddress({ isDefault: i === 7 }));
        const customer = aCustomer({ addresses });
        await add(customer);
        expect(await bookOf(customer.id)).to.deep.equal(addresses);
      });

      describe('the address book', () => {
        const [a, b, c] = [anAddress({ city: 'A' }), anAddress({ city: 'B' }), anAddress({ city: 'C' })];
        const [d, e] = [anAddress({ city: 'D' }), anAddress({ city: 'E' })];
        const withDefault = (chosen: Address, ...addresses: readonly Address[]): readonly Address[] =>
          inOrder(addresses.map((address) => ({ ...address, isDefault: address === chosen })));

        const changes: Readonly<Record<string, readonly Address[]>> = {
          'moves the default on to a later address': withDefault(c, a, b, c),
          'moves the default back to an earlier address': withDefault(a, a, b, c),
          'makes a new address the default': withDefault(d, a, b, c, d),
          'loses its default address': withDefault(a, a, c),
          'is put in another order': withDefault(b, c, b, a),
          'is wholly replaced': withDefault(e, d, e),
          'changes in every way at once': withDefault(d, d, { ...c, line2: 'Flat 2' }, e, a),
          'is emptied': [],
        };
        for (const [what, addresses] of Object.entries(changes))
          it(what, async () => {
            const customer = aCustomer({ addresses: withDefault(b, a, b, c) });
            await add(customer);
            await update({ ...customer, addresses });
            expect(await bookOf(customer.id)).to.deep.equal(addresses);
            // Once more: what the first change left in the store is as good a start as what was added.
            const back = withDefault(c, a, b, c);
            await update({ ...customer, version: 2, addresses: back });
            expect(await bookOf(customer.id)).to.deep.equal(back);
          });
      });

      it('A repository of customers removes a customer with the address book', async () => {
        const customer = aCustomer({ addresses: [anAddress({ isDefault: true })] });
        await add(customer);
        await remove(customer);
        expect(await find(customer.id)).to.equal(null);
        const again = { ...customer, addresses: [] };
        await add(again);
        expect(await find(customer.id)).to.deep.equal(again);
      });

      it('A repository of customers refuses a write of a version that is no longer stored, and of a customer who is gone', async () => {
        const [customer, gone] = [aCustomer(), aCustomer()];
        await add(customer);
        await update(customer);
        const stored = await find(customer.id);
        const outcomes = await subject.transact(async ({ customers }) => [
          await outcomeOf(customers.update(next({ ...customer, name: 'Late' }), customer)),
          await outcomeOf(customers.remove(customer)),
          await outcomeOf(customers.update(next(gone), gone)),
          await outcomeOf(customers.remove(gone)),
        ]);
        expect(tally(outcomes)).to.deep.equal({ stale_write: 4 });
        expect(await find(customer.id)).to.deep.equal(stored);
      });

      it('A repository of customers lets one of 20 writers of one version win', async () => {
        const customer = aCustomer({ addresses: [anAddress({ isDefault: true })] });
        await add(customer);
        const rivals = Array.from({ length: 20 }, (_, i) => ({
          ...customer,
          name: `Writer ${String(i)}`,
          addresses: [...customer.addresses, anAddress({ city: `City ${String(i)}` })],
        }));
        const outcomes = await Promise.all(
          rivals.map((rival) =>
            subject.transact(({ customers }) => outcomeOf(customers.update(next(rival), customer))),
          ),
        );
        expect(tally(outcomes)).to.deep.equal({ done: 1, stale_write: 19 });
        const winner = rivals[outcomes.indexOf('done')];
        expect(await find(customer.id)).to.deep.equal({ ...winner, version: 2 });
      });

      it('A repository of customers loses no change of writers who read first', async () => {
        const customer = aCustomer({ addresses: [anAddress({ isDefault: true, position: 1 })] });
        await add(customer);
        const added = Array.from({ length: 5 }, () => anAddress());
        await Promise.all(
          added.map((address) =>
            subject.transact(async ({ customers }) => {
              const current = (await customers.find(customer.id)) ?? customer;
              const position = current.version + 1;
              const addresses = [...current.addresses, { ...address, position }];
              await customers.update(next({ ...current, addresses }), current);
            }),
          ),
        );
        const ids = (await bookOf(customer.id)).map(({ id }) => id);
        expect(ids).to.have.members([...customer.addresses, ...added].map(({ id }) => id));
        expect((await find(customer.id))?.version).to.equal(6);
      });

      const LOCKS = [
        ['lock', 'update'],
        ['lock', 'remove'],
        ['lockOnly', 'update'],
      ] as const;
      for (const [lock, what] of LOCKS)
        it(`A repository of customers keeps a customer from ${what} by ${lock} until the transaction ends`, async () => {
          const customer = aCustomer({ addresses: [anAddress({ isDefault: true })] });
          await add(customer);
          const written = what === 'update' ? next(customer) : customer;
          const rival = rivalOf(() =>
            subject.transact(async ({ customers }) =>
              expect(await outcomeOf(customers[what](written, customer))).to.equal('stale_write'),
            ),
          );
          await subject.transact(async ({ customers }) => {
            expect(await customers[lock](customer.id)).to.deep.equal(lock === 'lock' ? customer : true);
            await rival.meet(async () => expect(await customers.find(customer.id)).to.deep.equal(customer));
            expect(rival.hasEnded()).to.equal(false);
            await customers.update(next({ ...customer, name: 'The holder' }), customer);
          });
          expect(await rival.outcome).to.equal('done');
          expect(await find(customer.id)).to.include({ name: 'The holder', version: 2 });
        });

      it('A repository of customers locks a customer with the addresses that the holder of the lock has stored', async () => {
        const customer = aCustomer();
        await add(customer);
        const address = anAddress({ isDefault: true, position: 1 });
        const changed = next({ ...customer, addresses: [address] });
        const rival = rivalOf(async () => {
          const held = await subject.transact(({ customers }) => customers.lock(customer.id));
          expect(held).to.deep.equal(changed);
        });
        await subject.transact(async ({ customers }) => {
          await customers.lock(customer.id);
          await rival.meet(() => customers.find(customer.id));
          await customers.update(changed, customer);
        });
        expect(await rival.outcome).to.equal('done');
      });

      listsCustomers(() => subject);
    });
  });
};
