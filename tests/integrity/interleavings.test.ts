import { expect } from 'chai';
import type { ProductId } from '#src/kernel/ids.js';
import { tally } from '../support/contract-tools.js';
import { adaHasOrdered, adaShops, inWhateverOrder, left, oneOf, PRICE, statuses, units } from './races.js';
import { readShop } from './snapshot.js';

inWhateverOrder('The shop', {
  'sells what there is to whoever comes first': {
    prepare: async (shop) => {
      const teapot = await shop.product('teapot', PRICE, 2);
      const customers = [];
      for (const name of ['ada', 'bob', 'cleo']) customers.push(await shop.customer(name));
      for (const customer of customers) await shop.add(customer, teapot);
      return {
        works: customers.map((customer) => () => shop.place(customer)),
        holds: async (outcomes) => {
          expect(tally(outcomes)).to.deep.equal({ done: 2, out_of_stock: 1 });
          expect(await left(shop)).to.deep.equal([0]);
          expect(await units(shop)).to.deep.equal({ ordered: 2, inCarts: 1 });
        },
      };
    },
  },

  'takes crosswise orders over the same products without a deadlock': {
    prepare: async (shop) => {
      const [teapot, mug] = [await shop.product('teapot', PRICE, 5), await shop.product('mug', PRICE, 5)];
      const [ada, bob] = [await shop.customer('ada'), await shop.customer('bob')];
      for (const [customer, product] of [
        [ada, teapot],
        [ada, mug],
        [bob, mug],
        [bob, teapot],
      ] as const)
        await shop.add(customer, product);
      return {
        works: [() => shop.place(ada), () => shop.place(bob)],
        holds: oneOf(['done', 'done']),
      };
    },
  },

  'makes one order of a cart that two tabs check out': {
    prepare: async (shop) => {
      const { ada } = await adaShops(shop);
      return {
        works: [() => shop.place(ada), () => shop.place(ada)],
        holds: async (outcomes) => {
          expect(tally(outcomes)).to.deep.equal({ done: 1, cart_empty: 1 });
          expect(await units(shop)).to.deep.equal({ ordered: 1, inCarts: 0 });
        },
      };
    },
  },

  'neither loses nor doubles what is put into a cart that is being checked out': {
    prepare: async (shop) => {
      const { ada, teapot } = await adaShops(shop);
      return {
        works: [() => shop.add(ada, teapot), () => shop.place(ada), () => shop.add(ada, teapot)],
        holds: async (outcomes) => {
          oneOf(['done', 'done', 'done'])(outcomes);
          const { ordered, inCarts } = await units(shop);
          expect(ordered + inCarts).to.equal(3);
        },
      };
    },
  },

  'orders a line as it was before its change or as it is after': {
    prepare: async (shop) => {
      const { ada, teapot } = await adaShops(shop, { inCart: 2 });
      return {
        works: [() => shop.place(ada), () => shop.change(ada, teapot, 5)],
        holds: async (outcomes) => {
          oneOf(['done', 'done'], ['done', 'cart_line_not_found'])(outcomes);
          expect(await units(shop)).to.deep.equal({ ordered: outcomes[1] === 'done' ? 5 : 2, inCarts: 0 });
        },
      };
    },
  },

  'orders a line or lets it be removed, never both': {
    prepare: async (shop) => {
      const { ada, teapot } = await adaShops(shop, { inCart: 2 });
      return {
        works: [() => shop.place(ada), () => shop.remove(ada, teapot)],
        holds: async (outcomes) => {
          oneOf(['done', 'cart_line_not_found'], ['cart_empty', 'done'])(outcomes);
          expect(await units(shop)).to.deep.equal({ ordered: outcomes[0] === 'done' ? 2 : 0, inCarts: 0 });
        },
      };
    },
  },

  'makes one cart for a customer who begins it in two tabs': {
    retried: true,
    prepare: async (shop) => {
      const [ada, teapot] = [await shop.customer('ada'), await shop.product('teapot', PRICE, 5)];
      return {
        works: [() => shop.add(ada, teapot), () => shop.add(ada, teapot, 2)],
        holds: async (outcomes) => {
          oneOf(['done', 'done'])(outcomes);
          expect(await units(shop)).to.deep.equal({ ordered: 0, inCarts: 3 });
        },
      };
    },
  },

  'never charges another total than the one the customer has seen': {
    prepare: async (shop) => {
      const { ada, teapot } = await adaShops(shop, { inCart: 3 });
      return {
        works: [
          () => shop.place(ada, 3 * PRICE),
          () => shop.reprice(teapot, 999),
          () => shop.add(ada, teapot),
        ],
        holds: async (outcomes) => {
          oneOf(['done', 'done', 'done'], ['total_changed', 'done', 'done'])(outcomes);
          const { orders } = await readShop(shop.scope);
          expect(orders.map(({ total }) => total)).to.deep.equal(outcomes[0] === 'done' ? [3 * PRICE] : []);
        },
      };
    },
  },

  'sells all lines of an order at the prices of one moment': {
    prepare: async (shop) => {
      const ada = await shop.customer('ada');
      const products: ProductId[] = [];
      for (const name of ['teapot', 'mug', 'bowl', 'jug', 'plate', 'cup', 'vase'])
        products.push(await shop.product(name, PRICE, 5));
      for (const product of products) await shop.add(ada, product);
      const sale = async () => {
        for (const product of [...products.slice(0, 1), ...products.slice(-1)])
          await shop.reprice(product, 1);
      };
      return {
        works: [() => shop.place(ada), sale],
        holds: async (outcomes) => {
          oneOf(['done', 'done'])(outcomes);
          const { orderLines } = await readShop(shop.scope);
          const [first, last] = [orderLines[0]?.unitPrice, orderLines.at(-1)?.unitPrice];
          // The first one's price fell first: no moment has known its old price beside the last one's new one.
          expect([first, last]).not.to.deep.equal([PRICE, 1]);
        },
      };
    },
  },

  'gives the stock back once to those who cancel at once': {
    retried: true,
    prepare: async (shop) => {
      const { ada, id } = await adaHasOrdered(shop);
      return {
        works: [() => shop.cancel(ada, id), () => shop.cancelAsAdmin(id), () => shop.cancel(ada, id)],
        holds: async (outcomes) => {
          oneOf(['done', 'done', 'done'])(outcomes);
          expect(await left(shop)).to.deep.equal([10]);
        },
      };
    },
  },

  'confirms an order or lets its customer cancel it, never both': {
    retried: true,
    prepare: async (shop) => {
      const { ada, id } = await adaHasOrdered(shop);
      return {
        works: [() => shop.cancel(ada, id), () => shop.advance(id, 'confirmed')],
        holds: async (outcomes) => {
          oneOf(['done', 'illegal_transition'], ['illegal_transition', 'done'])(outcomes);
          const cancelled = outcomes[0] === 'done';
          expect(await statuses(shop)).to.deep.equal([cancelled ? 'cancelled' : 'confirmed']);
          expect(await left(shop)).to.deep.equal([cancelled ? 10 : 8]);
        },
      };
    },
  },

  'moves an order along one way when administrators pull it two ways': {
    retried: true,
    prepare: async (shop) => {
      const { id } = await adaHasOrdered(shop);
      await shop.advance(id, 'confirmed');
      return {
        works: [
          () => shop.advance(id, 'shipped'),
          () => shop.cancelAsAdmin(id),
          () => shop.advance(id, 'shipped'),
        ],
        holds: async (outcomes) => {
          oneOf(
            ['done', 'illegal_transition', 'done'],
            ['illegal_transition', 'done', 'illegal_transition'],
          )(outcomes);
          const shipped = outcomes[0] === 'done';
          expect(await statuses(shop)).to.deep.equal([shipped ? 'shipped' : 'cancelled']);
          expect(await left(shop)).to.deep.equal([shipped ? 8 : 10]);
        },
      };
    },
  },

  'sells units or lets them be counted out, never both': {
    prepare: async (shop) => {
      const { ada, teapot } = await adaShops(shop, { stock: 3, inCart: 2 });
      return {
        works: [() => shop.place(ada), () => shop.adjust(teapot, -2)],
        holds: async (outcomes) => {
          oneOf(['done', 'stock_out_of_range'], ['out_of_stock', 'done'])(outcomes);
          expect(await left(shop)).to.deep.equal([1]);
        },
      };
    },
  },

  'counts in, sells and takes back what was cancelled, each unit once': {
    prepare: async (shop) => {
      const { ada, teapot, id } = await adaHasOrdered(shop, { stock: 3, ordered: 3 });
      const bob = await shop.customer('bob');
      await shop.add(bob, teapot, 2);
      return {
        works: [() => shop.cancel(ada, id), () => shop.adjust(teapot, 1), () => shop.place(bob)],
        holds: async (outcomes) => {
          oneOf(['done', 'done', 'done'], ['done', 'done', 'out_of_stock'])(outcomes);
          expect(await left(shop)).to.deep.equal([outcomes[2] === 'done' ? 2 : 4]);
        },
      };
    },
  },

  'recounts what is there, before a sale and a cancellation or after': {
    prepare: async (shop) => {
      const { ada, teapot, id } = await adaHasOrdered(shop);
      const bob = await shop.customer('bob');
      await shop.add(bob, teapot);
      return {
        works: [() => shop.recount(teapot, 20), () => shop.place(bob), () => shop.cancel(ada, id)],
        holds: async (outcomes) => {
          oneOf(['done', 'done', 'done'])(outcomes);
          expect([19, 20, 21, 22]).to.include((await left(shop))[0]);
        },
      };
    },
  },

  'sells a product before it leaves the shop or not at all': {
    prepare: async (shop) => {
      const { ada, teapot } = await adaShops(shop);
      return {
        works: [() => shop.place(ada), () => shop.withdraw(teapot), () => shop.adjust(teapot, 4)],
        holds: async (outcomes) => {
          const [sold, , counted] = outcomes;
          expect(sold).to.be.oneOf(['done', 'out_of_stock']);
          expect(outcomes[1]).to.equal('done');
          expect(counted).to.be.oneOf(['done', 'product_not_found']);
          const expected = 10 - (sold === 'done' ? 1 : 0) + (counted === 'done' ? 4 : 0);
          expect(await left(shop)).to.deep.equal([expected]);
          expect(await units(shop)).to.deep.equal(
            sold === 'done' ? { ordered: 1, inCarts: 0 } : { ordered: 0, inCarts: 1 },
          );
        },
      };
    },
  },
});
