import { expect } from 'chai';
import { LONGEST_CHANGE_MS, tellCache } from '#src/contexts/catalog/adapters/cache/tell-cache.js';
import { changes } from '#src/contexts/catalog/adapters/catalog-tags.js';
import { productUpdated } from '#src/contexts/catalog/domain/events.js';
import { StockLevel } from '#src/contexts/catalog/domain/stock.js';
import { memoryPersistence } from '#src/main/persistence/memory-persistence.js';
import type { Repositories } from '#src/main/persistence/persistence.js';
import { failWrite } from '#src/kernel/errors.js';
import type { Transact } from '#src/kernel/transact.js';
import { aCategory, aMovement, aProduct } from '../support/builders/catalog.js';

/** Transactions whose changes a cache is told of; what it was told, and what the store held at that moment. */
const told = async () => {
  let at = 0;
  const { transact, outside } = memoryPersistence();
  const product = aProduct();
  await transact(async ({ products, stock }) => {
    await products.add(product);
    await stock.add(StockLevel.open(product.id, 5));
  });
  const tags: string[] = [];
  const ids: string[] = [];
  const seen: Promise<unknown>[] = [];
  const cache = {
    changed: (changed: readonly string[]) => {
      tags.push(...changed);
      seen.push(outside.products.find(product.id));
    },
    applied: (applied: readonly string[]) => void ids.push(...applied),
  };
  const telling = (inner: Transact<Repositories> = transact) => tellCache(inner, cache, () => at);
  return {
    ...{ product, tags, ids, seen, transact, telling },
    pass: (ms: number) => {
      at += ms;
    },
  };
};

const failureOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => expect.fail('it has succeeded'),
    (error: unknown) => (error as { readonly code?: string; readonly message: string }).code ?? String(error),
  );

describe('Transactions that change the catalogue', () => {
  it('Transactions that change the catalogue outdate it after their COMMIT', async () => {
    const { product, tags, seen, telling } = await told();
    const edited = { ...product, name: 'Bowl', version: 2 };
    await telling()(({ products }) => products.update(edited, product));
    expect(tags).to.deep.equal([...changes.product(product.id)]);
    expect(await Promise.all(seen)).to.deep.equal([edited]);
  });

  it('Transactions that change the catalogue tell of each kind of change, and under which ids it is recorded', async () => {
    const { product, tags, ids, telling } = await told();
    const movement = aMovement({ productId: product.id, delta: 1, balance: 6 });
    const event = { ...productUpdated(product), id: 'e1' as never, sequence: 0 };
    const others = { ...event, id: 'e2' as never, type: 'order.placed' as const };
    await telling()(async ({ categories, stock, outbox }) => {
      await categories.add(aCategory());
      await stock.record([movement]);
      await outbox.add([event, others]);
    });
    expect(tags).to.have.members([...changes.categories(), product.id]);
    expect(ids).to.have.members([movement.id, 'e1']);
  });

  it('Transactions that change many products tell of each', async () => {
    const { product, tags, telling } = await told();
    const [one, other] = [aProduct(), aProduct()];
    await telling()(async ({ products }) => {
      await products.addAll([one, other]);
      await products.updateAll([{ product: { ...product, version: 2 }, before: product }]);
    });
    expect(tags).to.have.members([
      ...new Set([one, other, product].flatMap(({ id }) => [...changes.product(id)])),
    ]);
  });

  it('Transactions that change nothing of the catalogue tell of nothing', async () => {
    const { product, tags, ids, seen, telling } = await told();
    await telling()(({ products }) => products.find(product.id));
    expect([tags, ids, seen]).to.deep.equal([[], [], []]);
  });

  it('A transaction whose COMMIT has failed outdates its changes, which may be stored, and takes none as applied', async () => {
    const { product, tags, ids, transact, telling } = await told();
    const lost: Transact<Repositories> = async (work) => {
      await transact(work);
      throw new Error('outcome unknown');
    };
    const movement = aMovement({ productId: product.id });
    await failureOf(telling(lost)(({ stock }) => stock.record([movement])));
    expect(tags).to.include(product.id);
    expect(ids).to.deep.equal([]);
  });

  it('A transaction that runs again takes as applied what its last attempt has recorded', async () => {
    const { product, ids, telling } = await told();
    let attempts = 0;
    const made = [1, 2].map((sequence) => aMovement({ productId: product.id, sequence }));
    await telling()(async ({ stock }) => {
      attempts += 1;
      await stock.record(made.slice(attempts - 1, attempts));
      if (attempts === 1) throw failWrite('stale_write');
    });
    expect(ids).to.deep.equal(made.slice(1).map(({ id }) => id));
  });

  it('A transaction that goes on for too long after its first change is refused, since other processes would not notice it', async () => {
    const { product, telling, pass } = await told();
    const work =
      (ms: number) =>
      ({ stock }: Repositories) => {
        pass(60_000); // before the change it may wait
        const recorded = stock.record([aMovement({ productId: product.id })]);
        pass(ms);
        return recorded;
      };
    expect(await failureOf(telling()(work(LONGEST_CHANGE_MS + 1)))).to.equal('busy');
    await telling()(work(LONGEST_CHANGE_MS));
  });
});
