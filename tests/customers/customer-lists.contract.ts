import { expect } from 'chai';
import type { CustomerRepository } from '#src/contexts/customers/application/ports.js';
import type { Customer } from '#src/contexts/customers/domain/customer.js';
import { aCustomer } from '../support/builders/customers.js';
import { next, walk } from '../support/contract-tools.js';
import type { Subject } from '../support/subject.js';

export interface Ports {
  readonly customers: CustomerRepository;
}

/** What every `CustomerRepository` keeps to when it lists customers; each test begins without any. */
export const listsCustomers = (subject: () => Subject<Ports>): void => {
  const add = (...customers: readonly Customer[]): Promise<void> =>
    subject().transact(async (ports) => {
      for (const customer of customers) await ports.customers.add(customer);
    });

  it('The list of customers goes from the latest to the first while customers come and go', async () => {
    const at = (minute: number): Date => new Date(Date.UTC(2026, 0, 1, 0, minute));
    // Four share each time, so that pages end in the middle of them.
    const all = Array.from({ length: 12 }, (_, i) => aCustomer({ createdAt: at(Math.floor(i / 4)) }));
    await add(...all);
    const visited: Customer[] = [];
    const gone: Customer[] = [];
    const seen = await walk(
      async (page) => {
        const result = await subject().outside.customers.list({}, page);
        visited.push(...result.items);
        return result;
      },
      3,
      async () => {
        const last = visited.at(-1) ?? aCustomer();
        await add(aCustomer({ createdAt: at(9) }), aCustomer({ createdAt: last.createdAt }));
        // The one at which the page ended goes, and one that is still to come.
        const met = [...visited, ...gone].map(({ id }) => id);
        const ahead = all.find(({ id }) => !met.includes(id));
        for (const customer of ahead === undefined ? [last] : [last, ahead]) {
          gone.push(customer);
          await subject().transact(({ customers }) => customers.remove(customer));
        }
      },
    );
    const ids = seen.map(({ id }) => id);
    expect(new Set(ids).size).to.equal(ids.length);
    const times = seen.map(({ createdAt }) => createdAt.getTime());
    expect(times).to.deep.equal(times.toSorted((x, y) => y - x));
    const survivors = all.filter(({ id }) => !gone.some((customer) => customer.id === id));
    expect(ids).to.include.members(survivors.map(({ id }) => id));
  });

  describe('the search', () => {
    const namesOf = async (text: string): Promise<readonly string[]> => {
      const { items } = await subject().outside.customers.list({ text }, { limit: 10, after: null });
      return items.map((customer) => customer.name).sort();
    };
    beforeEach(() =>
      add(
        aCustomer({ name: 'Zoë Ångström', email: 'zoe@example.com' }),
        aCustomer({ name: '100% Wool_!', email: 'shop@wool.example' }),
        aCustomer({ name: 'O’Neil \\ Sons', email: "o'neil@example.org" }),
      ),
    );

    it('The search for customers finds words of the name and of the e-mail address by their beginnings', async () => {
      expect(await namesOf('ZOË')).to.deep.equal(['Zoë Ångström']);
      expect(await namesOf('example.com ång')).to.deep.equal(['Zoë Ångström']);
      expect(await namesOf('zo ang')).to.deep.equal(['Zoë Ångström']);
      expect(await namesOf('oe')).to.be.empty;
      expect(await namesOf('zoë wool')).to.be.empty;
      expect(await namesOf('  ')).to.have.length(3);
    });

    it('The search for customers finds an e-mail address as a whole, and by its beginning', async () => {
      await add(
        aCustomer({ name: 'Zoe Two', email: 'zoe@example.com.test' }),
        aCustomer({ name: 'Zoe Three', email: 'zoe2@example.com' }),
      );
      expect(await namesOf('zoe@example.com')).to.deep.equal(['Zoe Two', 'Zoë Ångström']);
      expect(await namesOf('zoe2@example.com')).to.deep.equal(['Zoe Three']);
      expect(await namesOf('ZOE@ex')).to.deep.equal(['Zoe Two', 'Zoë Ångström']);
    });

    it('The search for customers takes no character for a pattern', async () => {
      for (const sign of ['%', '_', '!', '\\']) expect(await namesOf(sign), sign).to.be.empty;
      expect(await namesOf('100%')).to.deep.equal(['100% Wool_!']);
      expect(await namesOf("o'n")).to.deep.equal(['O’Neil \\ Sons']);
    });

    it('The search for customers does not find an erased one', async () => {
      const customer = aCustomer({ name: 'Erased' });
      await add(customer);
      await subject().transact(({ customers }) => customers.remove(customer));
      expect(await namesOf('erased')).to.be.empty;
    });

    it('The search for customers sees a new name and a new e-mail address', async () => {
      const customer = aCustomer({ name: 'Before', email: 'before@example.com' });
      await add(customer);
      const renamed = { ...customer, name: 'After', email: 'after@example.com' };
      await subject().transact(({ customers }) => customers.update(next(renamed), customer));
      expect(await namesOf('before')).to.be.empty;
      expect(await namesOf('after@')).to.deep.equal(['After']);
    });
  });
};
