import { expect } from 'chai';
import { ApiKey } from '#src/contexts/accounts/domain/api-key.js';
import { Session } from '#src/contexts/accounts/domain/session.js';
import { User } from '#src/contexts/accounts/domain/user.js';
import { Cart } from '#src/contexts/cart/domain/cart.js';
import { Category } from '#src/contexts/catalog/domain/category.js';
import { Import } from '#src/contexts/catalog/domain/import.js';
import { StockLevel } from '#src/contexts/catalog/domain/stock.js';
import { Product } from '#src/contexts/catalog/domain/product.js';
import { Customer } from '#src/contexts/customers/domain/customer.js';
import { BulkCancellation } from '#src/contexts/ordering/domain/bulk-cancellation.js';
import { Order } from '#src/contexts/ordering/domain/order.js';
import { Endpoint } from '#src/contexts/webhooks/domain/endpoint.js';
import { anApiKey, aSession, aUser } from '../support/builders/accounts.js';
import { aCart, aCartLine } from '../support/builders/cart.js';
import { aCategory, anImport, aProduct } from '../support/builders/catalog.js';
import { aCustomer, anAddress, anAddressWish } from '../support/builders/customers.js';
import { newId } from '../support/builders/ids.js';
import { aBulkCancellation, anOrder } from '../support/builders/ordering.js';
import { anAttempt, anEndpoint } from '../support/builders/webhooks.js';

const AT = new Date('2026-05-05T05:05:05Z');
const version = 7;
const [line, address] = [aCartLine(), anAddress({ isDefault: true })];
const user = aUser({ version });
const session = aSession(user.id, { version });
const customer = aCustomer({ addresses: [address], version });
const product = aProduct({ version });
const category = aCategory({ version });
const running = anImport({ version });
const cart = aCart({ lines: [line], version });
const order = anOrder({ version });
const endpoint = anEndpoint({ version, failingSince: new Date('2026-05-01T00:00:00Z') });
const bulk = aBulkCancellation({ version });

/** By their names, all functions of the domain that change an aggregate. */
const CHANGES: Readonly<Record<string, () => { readonly version: number }>> = {
  'User.change': () => User.change(user, { name: 'Eve' }, AT),
  'User.verifyEmail': () => User.verifyEmail(user, AT),
  'User.resetPassword': () => User.resetPassword(user, 'hash', AT),
  'User.renewHash': () => User.renewHash(user, 'hash'),
  'User.erase': () => User.erase(user, AT),
  'Session.refresh': () => Session.refresh(session, AT, AT, session),
  'Session.replay': () => Session.replay(session),
  'Session.reauthenticate': () => Session.reauthenticate(session, AT),
  'Session.end': () => Session.end(session, AT),
  'ApiKey.revoke': () => ApiKey.revoke(anApiKey({ version }), AT),
  'Customer.change': () => Customer.change(customer, { phone: '1' }, AT),
  'Customer.erase': () => Customer.erase(customer, AT),
  'Customer.addAddress': () => Customer.addAddress(customer, newId(), anAddressWish(), AT),
  'Customer.replaceAddress': () => Customer.replaceAddress(customer, address.id, anAddressWish(), AT),
  'Customer.removeAddress': () => Customer.removeAddress(customer, address.id, AT),
  'Product.edit': () => Product.edit(product, {}, AT),
  'Product.withdraw': () => Product.withdraw(product, AT),
  'StockLevel.move': () =>
    StockLevel.move({ productId: product.id, quantity: 1, version }, -1) ?? expect.fail(),
  'Import.run': () => Import.run({ ...running, status: 'receiving' }, AT),
  'Import.advance': () => Import.advance(running, { isLast: true }, AT),
  'Import.cancel': () => Import.cancel(running, AT),
  'Import.giveUp': () => Import.giveUp(running, AT),
  'Category.edit': () => Category.edit(category, category, AT),
  'Cart.add': () => Cart.add(cart, aCartLine()),
  'Cart.add, to a line': () => Cart.add(cart, line),
  'Cart.setQuantity': () => Cart.setQuantity(cart, line),
  'Cart.remove': () => Cart.remove(cart, line.productId),
  'Cart.clear': () => Cart.clear(cart),
  'Cart.putBack': () => Cart.putBack(cart, [line, aCartLine()]),
  'Order.moveTo': () => Order.moveTo(order, 'confirmed', AT),
  'Order.cancel': () => Order.cancel(order, AT),
  'Order.cancelAndAnonymise': () => Order.cancelAndAnonymise(order, AT),
  'Endpoint.edit': () => Endpoint.edit(endpoint, { description: 'Other' }, AT),
  'Endpoint.rotate': () => Endpoint.rotate(endpoint, endpoint.secret, { endFormer: false, at: AT }),
  'Endpoint.rotate, ending former secrets': () =>
    Endpoint.rotate(endpoint, endpoint.secret, { endFormer: true, at: AT }),
  'Endpoint.reseal': () => Endpoint.reseal(endpoint, () => 'other' as typeof endpoint.secret, AT),
  'Endpoint.attempted, with success': () => Endpoint.attempted(endpoint, anAttempt()),
  'Endpoint.attempted, with 410': () =>
    Endpoint.attempted(endpoint, anAttempt({ outcome: 'failed', status: 410 })),
  'Endpoint.attempted, for the first time without success': () =>
    Endpoint.attempted({ ...endpoint, failingSince: null }, anAttempt({ outcome: 'failed', status: 500 })),
  'Endpoint.attempted, without success for long': () =>
    Endpoint.attempted(endpoint, anAttempt({ outcome: 'failed', status: 500, at: new Date('2027-01-01') })),
  'BulkCancellation.advance': () => BulkCancellation.advance(bulk, null, AT),
};

const COMPANIONS = {
  User,
  Session,
  ApiKey,
  Customer,
  Product,
  StockLevel,
  Category,
  Import,
  Cart,
  Order,
  BulkCancellation,
  Endpoint,
};

/** The functions that make an aggregate, or only look at it. */
const OTHERS: Readonly<Record<keyof typeof COMPANIONS, readonly string[]>> = {
  User: ['create', 'isActiveAdmin'],
  Session: ['open', 'isLive', 'isUsedFrom', 'show'],
  ApiKey: ['create', 'isLive', 'useStoredBefore', 'isUseDue'],
  Customer: ['open', 'words', 'findAddress'],
  Product: ['create'],
  StockLevel: ['open'],
  Category: ['create'],
  Import: ['receive', 'isUnfinished'],
  Cart: ['empty'],
  Order: ['place', 'lineTotal', 'openToCustomer', 'asPlaced'],
  BulkCancellation: ['start', 'idOf'],
  Endpoint: ['create', 'isEnabled', 'wanted', 'wantsMore', 'signing'],
};

describe('The next version of an aggregate', () => {
  it('The next version of an aggregate is looked for in every function of the domain', () => {
    const tried = new Set(Object.keys(CHANGES).map((name) => name.replace(/,.*/, '')));
    const all = Object.entries(COMPANIONS).flatMap(([name, companion]) =>
      Object.keys(companion).map((each) => `${name}.${each}`),
    );
    const others = Object.entries(OTHERS).flatMap(([name, each]) => each.map((other) => `${name}.${other}`));
    expect([...tried, ...others]).to.have.members(all);
  });

  for (const [name, change] of Object.entries(CHANGES))
    it(`The next version of an aggregate is made by ${name}`, () => {
      expect(change().version).to.equal(version + 1);
    });
});
