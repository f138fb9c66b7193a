import { expect } from 'chai';
import { Customer } from '#src/contexts/customers/domain/customer.js';
import { customerCreated, customerErased, customerUpdated } from '#src/contexts/customers/domain/events.js';
import { MAX_ADDRESSES } from '#src/contexts/customers/domain/limits.js';
import type { AddressId } from '#src/kernel/ids.js';
import { aCustomer, anAddress, anAddressWish } from '../support/builders/customers.js';
import { newId } from '../support/builders/ids.js';
import { refusal } from '../support/contract-tools.js';

const LATER = new Date('2026-05-05T05:05:05Z');

describe('A customer', () => {
  it('A customer begins without telephone number and addresses', () => {
    const { id, createdAt } = aCustomer();
    const opened = Customer.open({ id, name: 'Ada', email: 'ada@example.com' }, createdAt);
    expect(opened).to.include({ phone: null, version: 1, createdAt, updatedAt: createdAt });
    expect(opened.addresses).to.be.empty;
  });

  it('A customer keeps what a change does not name', () => {
    const customer = aCustomer({ phone: '1' });
    expect(Customer.change(customer, { name: 'Grace' }, LATER)).to.deep.equal({
      ...customer,
      name: 'Grace',
      version: customer.version + 1,
      updatedAt: LATER,
    });
    expect(Customer.change(customer, { phone: null }, LATER).phone).to.equal(null);
  });

  it('A customer is found by name and e-mail address, in any letter case', () => {
    const words = Customer.words({ name: 'Zoë Doe', email: 'Z@Example.com' });
    expect(words).to.deep.equal(['zoe', 'doe', 'z', 'example', 'com', 'z@example.com']);
  });

  it('A customer has a last version when erased, which says nothing of the person', () => {
    const { id, version } = aCustomer();
    expect(Customer.erase({ id, version }, LATER)).to.deep.equal({
      id,
      version: version + 1,
      updatedAt: LATER,
    });
  });
});

describe('An address book', () => {
  const [home, work, cabin] = [anAddress({ isDefault: true }), anAddress(), anAddress()];
  const withThree = aCustomer({ addresses: [home, work, cabin] });
  const defaults = ({ addresses }: Customer): readonly AddressId[] =>
    addresses.filter(({ isDefault }) => isDefault).map(({ id }) => id);

  it('An address book makes its first address the default, whatever is requested', () => {
    const id = newId<AddressId>();
    const wish = anAddressWish({ isDefault: false });
    expect(defaults(Customer.addAddress(aCustomer(), id, wish, LATER))).to.deep.equal([id]);
  });

  it('An address book adds at the end and leaves the default alone', () => {
    const id = newId<AddressId>();
    const added = Customer.addAddress(withThree, id, anAddressWish({ city: 'Cork' }), LATER);
    expect(added.addresses.map((address) => address.id)).to.deep.equal([home.id, work.id, cabin.id, id]);
    expect(Customer.findAddress(added, id).city).to.equal('Cork');
    expect(defaults(added)).to.deep.equal([home.id]);
    expect(added.updatedAt).to.equal(LATER);
  });

  it('An address book numbers each address after the last one, from 1', () => {
    const add = (...positions: readonly number[]) => {
      const addresses = positions.map((position) => anAddress({ position }));
      return Customer.addAddress(aCustomer({ addresses }), newId(), anAddressWish(), LATER).addresses;
    };
    expect(add().at(-1)?.position).to.equal(1);
    expect(add(2, 5, 7).at(-1)?.position).to.equal(8);
  });

  it('An address book has one default, the one that was requested last', () => {
    const id = newId<AddressId>();
    const wish = anAddressWish({ isDefault: true });
    expect(defaults(Customer.addAddress(withThree, id, wish, LATER))).to.deep.equal([id]);
    expect(defaults(Customer.replaceAddress(withThree, cabin.id, wish, LATER))).to.deep.equal([cabin.id]);
  });

  it('An address book replaces an address as a whole, in its place, and keeps it the default', () => {
    const wish = anAddressWish({ line1: 'Elsewhere', name: 'Grace' });
    const replaced = Customer.replaceAddress(withThree, home.id, wish, LATER);
    expect(replaced.addresses[0]).to.deep.equal({ ...home, ...wish, isDefault: true });
    expect(replaced.addresses.slice(1)).to.deep.equal([work, cabin]);
  });

  it('An address book makes the first of the others the default when the default goes', () => {
    expect(defaults(Customer.removeAddress(withThree, home.id, LATER))).to.deep.equal([work.id]);
    expect(defaults(Customer.removeAddress(withThree, work.id, LATER))).to.deep.equal([home.id]);
    expect(Customer.removeAddress(aCustomer({ addresses: [home] }), home.id, LATER).addresses).to.be.empty;
  });

  it('An address book keeps its default when one before that goes', () => {
    const addresses = [anAddress(), anAddress(), anAddress({ isDefault: true })] as const;
    const { id } = addresses[0];
    expect(defaults(Customer.removeAddress(aCustomer({ addresses }), id, LATER))).to.deep.equal([
      addresses[2].id,
    ]);
  });

  it('An address book is a part of its customer, who is in another version after each change', () => {
    const { version } = withThree;
    const changed = [
      Customer.addAddress(withThree, newId(), anAddressWish(), LATER),
      Customer.replaceAddress(withThree, work.id, anAddressWish(), LATER),
      Customer.removeAddress(withThree, work.id, LATER),
    ];
    for (const customer of changed) expect(customer).to.include({ version: version + 1, updatedAt: LATER });
  });

  it(`An address book takes ${String(MAX_ADDRESSES)} addresses and no more`, () => {
    const fill = (customer: Customer): Customer =>
      Customer.addAddress(customer, newId(), anAddressWish(), LATER);
    const full = Array.from({ length: MAX_ADDRESSES }).reduce(fill, aCustomer());
    expect(full.addresses).to.have.length(MAX_ADDRESSES);
    expect(refusal(() => fill(full))).to.deep.include({
      code: 'address_book_full',
      details: { limit: MAX_ADDRESSES },
    });
  });

  it('An address book knows no address that is not in it', () => {
    const wrong = newId<AddressId>();
    for (const call of [
      () => Customer.findAddress(withThree, wrong),
      () => Customer.replaceAddress(withThree, wrong, anAddressWish(), LATER),
      () => Customer.removeAddress(withThree, wrong, LATER),
    ])
      expect(call).to.throw().with.property('code', 'address_not_found');
  });
});

describe('The events of a customer', () => {
  it('The events of a customer tell what has happened and in which version, and nothing of the person', () => {
    const customer = aCustomer({ version: 7, updatedAt: LATER });
    const event = { aggregateId: customer.id, version: 7, occurredAt: LATER, data: {} };
    expect([customerCreated, customerUpdated, customerErased].map((tell) => tell(customer))).to.deep.equal([
      { type: 'customer.created', ...event },
      { type: 'customer.updated', ...event },
      { type: 'customer.erased', ...event },
    ]);
  });
});
