import { expect } from 'chai';
import { getUser } from '#src/contexts/accounts/application/queries.js';
import type { UserReader } from '#src/contexts/accounts/application/ports.js';
import { createCategory } from '#src/contexts/catalog/application/categories.js';
import type { CustomerReader } from '#src/contexts/customers/application/ports.js';
import { changeCustomer } from '#src/contexts/customers/application/profile.js';
import { getCustomer } from '#src/contexts/customers/application/queries.js';
import { listOrders } from '#src/contexts/ordering/application/queries.js';
import type { OrderReader } from '#src/contexts/ordering/application/ports.js';
import { erasePerson } from '#src/contexts/privacy/application/erase-person.js';
import { exportPersonalData } from '#src/contexts/privacy/application/export-personal-data.js';
import type { PrivacyPorts } from '#src/contexts/privacy/application/ports.js';
import {
  asAdministrator,
  asScopedKey,
  manages,
  OPERATOR,
  requireOwn,
  type Actor,
  type KeyActor,
  type Operator,
} from '#src/kernel/actor.js';
import { isDomainError } from '#src/kernel/errors.js';
import type { UserId } from '#src/kernel/ids.js';
import { newId } from '../support/builders/ids.js';

const actor = (role: Actor['role']): Actor => ({
  id: newId(),
  sessionId: newId(),
  role,
  authenticatedAt: new Date(0),
});
const key: KeyActor = { id: newId(), scopes: ['catalog:write', 'customers:read'] };
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

  it('A customer neither reads nor exports what belongs to another customer', async () => {
    const users = { find: () => Promise.resolve({ id: ada.id }) } as unknown as UserReader;
    const customers = { find: () => Promise.resolve({ id: ada.id }) } as unknown as CustomerReader;
    const untouched = {} as never;
    expect(await outcome(() => getUser({ users })(eve, ada.id))).to.equal('forbidden');
    expect(await outcome(() => getCustomer({ customers })(eve, ada.id))).to.equal('forbidden');
    expect(await outcome(() => exportPersonalData(untouched)(eve, ada.id)(untouched))).to.equal('forbidden');
    for (const by of [ada, admin]) {
      expect(await outcome(() => getUser({ users })(by, ada.id))).to.include({ id: ada.id });
      expect(await outcome(() => getCustomer({ customers })(by, ada.id))).to.include({ id: ada.id });
    }
  });

  it('An erasure and an export ask for a recent log-in, unless the operator wants them', async () => {
    const asked: Actor[] = [];
    const ports = {
      requireRecentLogIn: (actor: Actor) => {
        asked.push(actor);
        throw new Error('asked');
      },
      profiles: { versionOf: () => Promise.resolve(1) },
      members: [],
      erasers: [],
      events: { append: () => Promise.resolve() },
      audit: { record: () => Promise.resolve() },
      now: () => new Date(0),
    } as unknown as PrivacyPorts;
    const readers = { profiles: ports.profiles, lists: [] };
    const works = (by: Actor | Operator) => [
      erasePerson({ newId })(by, ada.id),
      exportPersonalData(readers)(by, ada.id),
    ];
    for (const by of [ada, admin])
      for (const work of works(by))
        expect(await outcome(() => work(ports))).to.have.property('message', 'asked');
    expect(asked).to.deep.equal([ada, ada, admin, admin]);
    for (const work of works(OPERATOR)) await work(ports);
    expect(asked).to.have.length(4);
  });

  it('A key acts by a scope that it has, and by no other', () => {
    expect(asScopedKey(key, 'catalog:write')).to.deep.equal({ ...key, scope: 'catalog:write' });
    expect(() => asScopedKey(key, 'catalog:read'))
      .to.throw()
      .that.deep.includes({ code: 'insufficient_scope', details: { scope: 'catalog:read' } });
    expect(() => asScopedKey(key, undefined))
      .to.throw()
      .with.property('code', 'user_required');
  });

  it('A key whose scope was checked manages what the scope opens, and a customer manages nothing', () => {
    expect([asScopedKey(key, 'customers:read'), admin, ada].map((by) => manages(by))).to.deep.equal([
      true,
      true,
      false,
    ]);
    expect(() => {
      requireOwn(asScopedKey(key, 'customers:read'), ada.id);
    }).not.to.throw();
  });

  it('A use case does not compile with a key, nor with one of another scope, unless it names the scope', () => {
    const create = createCategory({ newId, now: () => new Date(0) });
    const readers = { find: () => Promise.resolve({ id: ada.id }) } as never;
    const [writer, reader] = [asScopedKey(key, 'catalog:write'), asScopedKey(key, 'customers:read')];
    create(writer, { name: 'Mugs', description: '' });
    // @ts-expect-error: no scope of this key was checked.
    create(key, { name: 'Mugs', description: '' });
    // @ts-expect-error: another scope of this key was checked.
    create(reader, { name: 'Mugs', description: '' });
    void getCustomer({ customers: readers })(reader, ada.id);
    // @ts-expect-error: accounts are closed to keys.
    void getUser({ users: readers })(reader, ada.id);
    // @ts-expect-error: so are erasures.
    erasePerson({ newId })(reader, ada.id);
  });

  it('A use case for managers does not compile with an actor whose role was not checked', () => {
    const create = createCategory({ newId, now: () => new Date(0) });
    // @ts-expect-error: `admin` is an Actor, whatever its role says.
    create(admin, { name: 'Mugs', description: '' });
    create(asAdministrator(admin), { name: 'Mugs', description: '' });
    create(OPERATOR, { name: 'Mugs', description: '' });
  });
});
