import { productCopies } from '#src/contexts/catalog/adapters/services/product-copies.js';
import { OPERATOR } from '#src/kernel/actor.js';
import { expect } from 'chai';
import { QueryTypes, type Sequelize } from 'sequelize';
import { changeUser } from '#src/contexts/accounts/application/change-user.js';
import type { User } from '#src/contexts/accounts/domain/user.js';
import { addToCart } from '#src/contexts/cart/application/change-cart.js';
import {
  cancelOrdersOfDisabledUser,
  requestBulkCancellation,
} from '#src/contexts/ordering/application/bulk-cancellation.js';
import { createProduct } from '#src/contexts/catalog/application/create-product.js';
import { deleteProduct } from '#src/contexts/catalog/application/delete-product.js';
import { editProduct } from '#src/contexts/catalog/application/edit-product.js';
import { moveStock } from '#src/contexts/catalog/application/move-stock.js';
import { productWords } from '#src/contexts/catalog/domain/product-search.js';
import { createCustomer } from '#src/contexts/customers/application/create-customer.js';
import { changeCustomer } from '#src/contexts/customers/application/profile.js';
import { Customer } from '#src/contexts/customers/domain/customer.js';
import { erasePerson } from '#src/contexts/privacy/application/erase-person.js';
import { continueBulkCancellation } from '#src/contexts/ordering/application/continue-bulk-cancellation.js';
import { placeOrder } from '#src/contexts/ordering/application/place-order.js';
import {
  BulkCancellation,
  type BulkCancellationId,
} from '#src/contexts/ordering/domain/bulk-cancellation.js';
import type { Administrator } from '#src/kernel/actor.js';
import type { EventId } from '#src/kernel/events.js';
import type { CustomerId, ProductId } from '#src/kernel/ids.js';
import { Money } from '#src/kernel/money.js';
import { transactThrough, type Transact } from '#src/kernel/transact.js';
import { bindings } from '#src/main/bindings.js';
import type { Repositories } from '#src/main/persistence/persistence.js';
import { sequelizePersistence } from '#src/main/persistence/sequelize-persistence.js';
import type { RenderedReply } from '#src/platform/idempotency/stored-reply.js';
import type { IdempotencyKey } from '#src/platform/idempotency/idempotency-store.js';
import { accountsOn, quickPasswords } from '../accounts/accounts-under-test.js';
import { everyOrder } from '../support/every-order.js';
import { anEmail, aUser } from '../support/builders/accounts.js';
import { hashPlace } from '../support/places.js';
import { newId } from '../support/builders/ids.js';
import { anOrder, anOrderLine } from '../support/builders/ordering.js';
import { gate, outcomeOf, tally } from '../support/contract-tools.js';
import { onServer, openSqlDatabase, type OpenDatabase } from '../support/databases.js';
import { finishErasure } from '../support/own-work.js';
import { USD } from '../support/persistences.js';
import { performing } from '../support/performing.js';

const now = (): Date => new Date('2026-03-01T12:00:00.000Z');
const bind = bindings({
  now,
  newId,
  hashPlace,
  config: { currency: USD, requireVerifiedEmail: false },
  webhookSurplus: { isPossible: false },
  eventSenders: [],
  productCopies: productCopies({ now }),
});

type Store = Pick<ReturnType<typeof sequelizePersistence>, 'transact' | 'outside'>;

/** The shop's use cases on a store. */
const shopOn = ({ transact }: Store) => {
  const catalog = transactThrough(transact, bind.ports('catalog'));
  const customers = transactThrough(transact, bind.ports('customers'));
  const privacy = transactThrough(transact, bind.ports('privacy'));
  const ordering = transactThrough(transact, bind.ports('ordering'));
  return {
    addToCart: performing(transactThrough(transact, bind.ports('cart')))(addToCart),
    createProduct: performing(catalog)(createProduct({ newId, now })),
    deleteProduct: performing(catalog)(deleteProduct({ now })),
    editProduct: performing(catalog)(editProduct({ now })),
    createCustomer: performing(customers)(createCustomer({ newId })),
    changeCustomer: performing(customers)(changeCustomer),
    eraseCustomer: performing(privacy)(erasePerson({ newId })),
    finishErasure: (id: CustomerId) => finishErasure({ privacy, ordering }, id),
    changeUser: performing(transactThrough(transact, bind.ports('accounts')))(changeUser),
    placeOrder: performing(ordering)(placeOrder({ newId, now, maxPending: 0 })),
    cancelOrdersOfDisabledUser: performing(ordering)(cancelOrdersOfDisabledUser),
    requestBulkCancellation: performing(ordering)(requestBulkCancellation({ newId })),
    continueBulkCancellation: (id: BulkCancellationId, version: number) =>
      continueBulkCancellation({ transact: ordering })(id, version, new AbortController().signal),
  };
};

onServer('Galera', 'Rivals on two nodes', () => {
  let db: OpenDatabase;
  let databases: readonly [Sequelize, Sequelize];
  let nodes: readonly [Store, Store];
  before(async () => {
    db = await openSqlDatabase('Galera');
    databases = [db.sequelize, db.another({ node: 2 })];
    nodes = [sequelizePersistence(databases[0], USD), sequelizePersistence(databases[1], USD)];
  });
  after(() => db.close());

  /**
   * Two stores, a node each, whose first transactions meet: neither commits before both have done their work, as far as
   * they get. `runs` counts all transactions.
   */
  const meeting = (): { readonly stores: readonly [Store, Store]; readonly runs: () => number } => {
    const done = [gate(), gate()] as const;
    let runs = 0;
    const store = (index: 0 | 1): Store => {
      const transact: Transact<Repositories> = (work) =>
        nodes[index].transact(async (repositories) => {
          runs += 1;
          try {
            return await work(repositories);
          } finally {
            done[index].open();
            await done[1 - index]?.opened;
          }
        });
      return { ...nodes[index], transact };
    };
    return { stores: [store(0), store(1)], runs: () => runs };
  };

  const aProduct = async (quantity: number): Promise<ProductId> => {
    const content = {
      sku: null,
      name: 'Teapot',
      description: '',
      price: Money.of(1250, USD),
      categoryId: null,
      imageUrl: null,
    };
    return (await shopOn(nodes[0]).createProduct(OPERATOR, { ...content, quantity })).product.id;
  };
  const aCustomer = async (): Promise<CustomerId> => {
    const entry = { name: 'Ada', email: anEmail(`${newId()}@example.com`), phone: null };
    return (await shopOn(nodes[0]).createCustomer(OPERATOR, entry)).id;
  };
  /** A customer with one of a product in the cart. */
  const aShopper = async (productId: ProductId): Promise<CustomerId> => {
    const id = await aCustomer();
    await shopOn(nodes[0]).addToCart(id, { productId, quantity: 1 }, undefined);
    return id;
  };
  /** The words of a product or customer in the index, as a node has it. */
  const wordsOn = async (node: number, table: string, owner: string, id: string): Promise<string[]> => {
    const sql = `SELECT word FROM ${table} WHERE ${owner} = :id`;
    const type = QueryTypes.SELECT;
    const rows = await databases[node]?.query<{ word: string }>(sql, { replacements: { id }, type });
    return (rows ?? []).map(({ word }) => word);
  };
  const stockOf = async (productId: ProductId): Promise<number | undefined> =>
    (await nodes[1].outside.stock.levels([productId]))[0]?.quantity;

  it('One of two administrators who demote each other on two nodes stays', async () => {
    const anAdmin = async (): Promise<User> => {
      const admin = aUser({ role: 'admin' });
      await nodes[0].transact(({ users }) => users.add(admin));
      return admin;
    };
    let left = await anAdmin();
    // Without the lock it takes two COMMITs at the very same time for both to go, so once is not enough.
    for (let round = 1; round <= 5; round += 1) {
      const admins = [left, await anAdmin()] as const;
      const { stores } = meeting();
      const outcomes = await Promise.all(
        stores.map((store, index) =>
          outcomeOf(accountsOn(store).changeUser(OPERATOR, admins[index as 0 | 1].id, { role: 'customer' })),
        ),
      );
      expect(tally(outcomes), `round ${String(round)}`).to.deep.equal({ done: 1, last_admin: 1 });
      left = admins[outcomes[0] === 'last_admin' ? 0 : 1];
    }
  });

  it('An erased customer has no cart when another node creates it at that moment', async () => {
    const [productId, id] = [await aProduct(5), await aCustomer()];
    const { stores, runs } = meeting();
    const [adding, erasing] = await Promise.all([
      outcomeOf(shopOn(stores[0]).addToCart(id, { productId, quantity: 1 }, undefined)),
      outcomeOf(shopOn(stores[1]).eraseCustomer(OPERATOR, id)),
    ]);
    expect(erasing).to.equal('done');
    expect(adding).to.be.oneOf(['done', 'customer_not_found']);
    expect(runs()).to.be.above(2);
    expect(await nodes[0].outside.carts.find(id)).to.equal(null);
  });

  it('A log-in on one node does not outlive a change of the password on another', async () => {
    const accounts = accountsOn(nodes[0]);
    const password = 'correct horse battery staple';
    const ann = await accounts.signUp({ name: 'Ann', email: `${newId()}@example.com`, password });
    const actor = (await accounts.authenticate(ann.accessToken)) ?? expect.fail('not authenticated');
    const { stores } = meeting();
    const [change, logIn] = await Promise.all([
      outcomeOf(accountsOn(stores[0]).changePassword(actor, password, 'another password')),
      outcomeOf(accountsOn(stores[1], quickPasswords).logIn(ann.user.email, password)),
    ]);
    expect(change).to.equal('done');
    expect(logIn).to.be.oneOf(['done', 'invalid_credentials']);
    const live = (await accountsOn(nodes[1]).sessions.listOf(ann.user.id)).filter(
      ({ endedAt }) => endedAt === null,
    );
    expect(live.map(({ id }) => id)).to.deep.equal([actor.sessionId]);
  });

  it('Two requests with one idempotency key on two nodes do the work once, and receive one reply', async () => {
    const productId = await aProduct(5);
    const key: IdempotencyKey = {
      id: 'a'.repeat(64),
      caller: await aCustomer(),
      fingerprint: 'b'.repeat(64),
      at: now(),
      quota: 1_000_000,
    };
    const { stores } = meeting();
    const answers = await Promise.all(
      stores.map(({ transact }, index) =>
        transact(async ({ idempotency, stock }) => {
          const earlier = await idempotency.find(key);
          if (earlier !== null) return (earlier as RenderedReply).body;
          await idempotency.claim(key);
          await moveStock({ stock })([{ productId, delta: -1 }]);
          await idempotency.complete(key, { status: 201, headers: {}, body: index }, null);
          return index;
        }),
      ),
    );
    expect(new Set(answers).size).to.equal(1);
    expect(await stockOf(productId)).to.equal(4);
  });

  it('An erased customer has no open order when they order on another node at that moment', async () => {
    const productId = await aProduct(5);
    const id = await aShopper(productId);
    const { stores, runs } = meeting();
    const [ordering, erasing] = await Promise.all([
      outcomeOf(shopOn(stores[0]).placeOrder(id, {})),
      outcomeOf(shopOn(stores[1]).eraseCustomer(OPERATOR, id)),
    ]);
    expect(erasing).to.equal('done');
    expect(ordering).to.be.oneOf(['done', 'customer_not_found', 'cart_empty']);
    expect(runs()).to.be.above(2);
    await shopOn(nodes[1]).finishErasure(id);
    const orders = await everyOrder(nodes[1].outside)(id);
    expect(orders.map(({ status }) => status)).to.deep.equal(ordering === 'done' ? ['cancelled'] : []);
    expect(await stockOf(productId)).to.equal(5);
  });

  it('A disabled user has no pending order when they order on another node at that moment', async () => {
    const productId = await aProduct(5);
    // It takes the disabling to commit first for an order to slip past it, so once is not enough.
    for (let round = 1; round <= 5; round += 1) {
      const id = await aShopper(productId);
      const { stores } = meeting();
      const disabler = shopOn(stores[1]);
      const disable = async (): Promise<void> => {
        await disabler.changeUser(OPERATOR, id, { disabled: true });
        const event = newId<EventId>();
        await disabler.cancelOrdersOfDisabledUser(event, id);
        await disabler.continueBulkCancellation(BulkCancellation.idOf(event), 1);
      };
      const [ordering, disabling] = await Promise.all([
        outcomeOf(shopOn(stores[0]).placeOrder(id, {})),
        outcomeOf(disable()),
      ]);
      expect(disabling).to.equal('done');
      expect(ordering).to.be.oneOf(['done', 'account_disabled']);
      expect(await nodes[1].outside.orders.countPending(id, 10), `round ${String(round)}`).to.equal(0);
    }
    expect(await stockOf(productId)).to.equal(5);
  });

  it('Two nodes do the same batch of a bulk cancellation once', async () => {
    const productId = await aProduct(30);
    const id = await aCustomer();
    const placed = Array.from({ length: 30 }, (_, n) =>
      anOrder({
        customerId: id,
        createdAt: new Date(now().getTime() - (n + 1) * 60_000),
        lines: [anOrderLine({ productId, quantity: 1 })],
      }),
    );
    await nodes[0].transact(async ({ orders }) => {
      for (const order of placed) await orders.add(order);
    });
    const admin: Administrator = {
      id: newId(),
      sessionId: newId(),
      role: 'admin',
      authenticatedAt: new Date(0),
    };
    const bulk = await shopOn(nodes[0]).requestBulkCancellation(admin, { customerId: id });
    for (const version of [1, 2])
      await Promise.all(nodes.map((node) => shopOn(node).continueBulkCancellation(bulk.id, version)));
    const stored = await nodes[1].outside.bulkCancellations.find(bulk.id);
    expect(stored).to.include({ cancelled: 30, version: 3 });
    const statuses = (await everyOrder(nodes[1].outside)(id)).map(({ status, version }) => [status, version]);
    expect(statuses).to.deep.equal(placed.map(() => ['cancelled', 2]));
    expect(await stockOf(productId)).to.equal(60);
  });

  it('The deletion of a product on one node and its sale on another come one after the other', async () => {
    const productId = await aProduct(5);
    const id = await aShopper(productId);
    const { stores, runs } = meeting();
    const [ordering, deleting] = await Promise.all([
      outcomeOf(shopOn(stores[0]).placeOrder(id, {})),
      outcomeOf(shopOn(stores[1]).deleteProduct(OPERATOR, productId, undefined)),
    ]);
    expect(deleting).to.equal('done');
    expect(ordering).to.be.oneOf(['done', 'out_of_stock']);
    expect(runs()).to.be.above(2);
    expect(await stockOf(productId)).to.equal(ordering === 'done' ? 4 : 5);
  });

  it('The words of a product are those of its name after two nodes have changed it at that moment', async () => {
    const id = await aProduct(1);
    const names = ['Red kettle', 'Blue pot'] as const;
    const { stores, runs } = meeting();
    const outcomes = await Promise.all(
      stores.map((store, index) =>
        outcomeOf(shopOn(store).editProduct(OPERATOR, id, { name: names[index as 0 | 1] }, undefined)),
      ),
    );
    expect(outcomes).to.deep.equal(['done', 'done']);
    expect(runs()).to.be.above(2);
    for (const [node, { outside }] of nodes.entries()) {
      const product = (await outside.products.find(id)) ?? expect.fail('there is no product');
      expect(product.name).to.be.oneOf(names);
      expect(await wordsOn(node, 'product_words', 'productId', id)).to.have.members(productWords(product));
    }
  });

  it('The words of a customer are those of their name after two nodes have changed it at that moment', async () => {
    const id = await aCustomer();
    const names = ['Grace Hopper', 'Mary Keller'] as const;
    const { stores, runs } = meeting();
    const outcomes = await Promise.all(
      stores.map((store, index) =>
        outcomeOf(shopOn(store).changeCustomer(OPERATOR, id, { name: names[index as 0 | 1] }, undefined)),
      ),
    );
    expect(outcomes).to.deep.equal(['done', 'done']);
    expect(runs()).to.be.above(2);
    for (const [node, { outside }] of nodes.entries()) {
      const customer = (await outside.customers.find(id)) ?? expect.fail('there is no customer');
      expect(customer.name).to.be.oneOf(names);
      expect(await wordsOn(node, 'customer_words', 'customerId', id)).to.have.members(
        Customer.words(customer),
      );
    }
  });

  it('Two nodes sell the last piece once', async () => {
    const productId = await aProduct(1);
    const buyers = [await aShopper(productId), await aShopper(productId)] as const;
    const { stores } = meeting();
    const outcomes = await Promise.all(
      stores.map((store, index) => outcomeOf(shopOn(store).placeOrder(buyers[index as 0 | 1], {}))),
    );
    expect(tally(outcomes)).to.deep.equal({ done: 1, out_of_stock: 1 });
    expect(await stockOf(productId)).to.equal(0);
  });
});
