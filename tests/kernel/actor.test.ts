import { expect } from 'chai';
import { createCategory } from '#src/contexts/catalog/application/categories.js';
import { changeCustomer } from '#src/contexts/customers/application/profile.js';
import { listOrders } from '#src/contexts/ordering/application/queries.js';
import type { OrderReader } from '#src/contexts/ordering/application/ports.js';
import { erasePerson } from '#src/contexts/privacy/application/erase-person.js';
import { asAdministrator, OPERATOR, requireOwn, type Actor } from '#src/kernel/actor.js';
import { isDomainError } from '#src/kernel/errors.js';
import type { UserId } from '#src/kernel/ids.js';
import { newId } from '../support/builders/ids.js';

const actor = (role: Actor['role']): Actor => ({
  id: newId(),
  sessionId: newId(),
  role,
  authenticatedAt: new Date(0),
});
const [ada, eve, admin] = [actor('customer'), actor('customer'), actor('admin')];

/** The code of the refusal, or what was returned. */
const outcome = async (work: () => unknown): Promise<unknown> => {
  try {
    return await work();
  } catch (error) {
    return isDomainError(error) ? error.code : error;
  }
};

describe('Who may do what, without HTTP', () => {
  it('An actor becomes an administrator by their role alone', () => {
    expect(asAdministrator(admin)).to.deep.equal(admin);
    expect(() => asAdministrator(ada))
      .to.throw()
      .with.property('code', 'forbidden');
  });

  it('Data of a person is open to that person, to administrators and to the operator', () => {
    for (const by of [ada, admin, OPERATOR] as const)
      expect(() => {
        requireOwn(by, ada.id);
      }).not.to.throw();
    expect(() => {
      requireOwn(eve, ada.id);
    })
      .to.throw()
      .with.property('code', 'forbidden');
  });

  it('A customer neither changes nor erases another customer, nor lists the orders of anyone else', async () => {
    const read: (UserId | undefined)[] = [];
    const orders = {
      list: ({ customerId }: { customerId?: UserId }) =>
        Promise.resolve({ items: [read.push(customerId)], next: null }),
    } as unknown as OrderReader;
    const page = { limit: 1, after: null };
    const untouched = {} as never;
    expect(await outcome(() => changeCustomer(eve, ada.id, { name: 'Eve' }, undefined)(untouched))).to.equal(
      'forbidden',
    );
    expect(await outcome(() => erasePerson({ newId })(eve, ada.id)(untouched))).to.equal('forbidden');
    expect(await outcome(() => listOrders({ orders })(eve, { customerId: ada.id }, page))).to.equal(
      'forbidden',
    );
    expect(await outcome(() => listOrders({ orders })(eve, {}, page))).to.equal('forbidden');
    expect(read).to.deep.equal([]);
    await listOrders({ orders })(eve, { customerId: eve.id }, page);
    await listOrders({ orders })(admin, {}, page);
    expect(read).to.deep.equal([eve.id, undefined]);
  });

  it('A use case for managers does not compile with an actor whose role was not checked', () => {
    const create = createCategory({ newId, now: () => new Date(0) });
    // @ts-expect-error: `admin` is an Actor, whatever its role says.
    create(admin, { name: 'Mugs', description: '' });
    create(asAdministrator(admin), { name: 'Mugs', description: '' });
    create(OPERATOR, { name: 'Mugs', description: '' });
  });
});
