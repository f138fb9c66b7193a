import { expect } from 'chai';
import { changes } from '#src/contexts/catalog/adapters/catalog-tags.js';
import { productUpdated, categoryCreated } from '#src/contexts/catalog/domain/events.js';
import { StockLevel } from '#src/contexts/catalog/domain/stock.js';
import { outboxEvents } from '#src/platform/outbox/outbox-events.js';
import { lowestId } from '#src/platform/reply-cache/followed-changes.js';
import { v7 } from 'uuid';
import { aCategory, aMovement, aProduct } from '../support/builders/catalog.js';
import { onEverySqlDatabase, openSqlDatabase, type OpenDatabase } from '../support/databases.js';
import { sequelizePersistence } from '#src/main/persistence/sequelize-persistence.js';
import type { Persistence, Repositories } from '#src/main/persistence/persistence.js';
import { USD } from '../support/persistences.js';

const START = lowestId(0);
const END = 'ffffffff-ffff-7fff-bfff-ffffffffffff';

onEverySqlDatabase('The recorded changes of the catalogue', (name) => {
  let database: OpenDatabase;
  let persistence: Persistence;
  before(async () => {
    database = await openSqlDatabase(name);
    persistence = sequelizePersistence(database.sequelize, USD);
  });
  after(() => database.close());

  const eventsOf = ({ outbox }: Repositories) => outboxEvents({ outbox, newEventId: () => v7() as never });
  const list = async (from: string, since: string, limit = 100) => {
    const reader = persistence.outside.catalogChanges ?? expect.fail('a database records changes');
    return reader.list({ from, since, limit });
  };

  it('The recorded changes of the catalogue are those of products, categories and the stock, each under its id', async () => {
    const [product, category] = [aProduct(), aCategory()];
    const movements = [
      aMovement({ productId: product.id, sequence: 1, delta: 5, balance: 5 }),
      aMovement({ productId: product.id, sequence: 2, delta: -1, balance: 4 }),
      aMovement({ productId: product.id, sequence: 3, delta: -4, balance: 0 }),
    ];
    await persistence.transact(async (repositories) => {
      await repositories.products.add(product);
      await repositories.stock.add(StockLevel.open(product.id, 0));
      await eventsOf(repositories).append(productUpdated(product), categoryCreated(category));
      await eventsOf(repositories).append({
        type: 'order.placed',
        aggregateId: v7() as never,
        version: 1,
        occurredAt: new Date(),
        data: {},
      });
      await repositories.stock.record(movements);
    });
    const all = await list(START, START);
    expect(all.earlier).to.equal(0);
    expect(all.changes.map(({ tags }) => tags)).to.have.deep.members([
      changes.product(product.id),
      changes.categories(),
      changes.stock(product.id, { toOrFromNothing: true }),
      changes.stock(product.id, { toOrFromNothing: false }),
      changes.stock(product.id, { toOrFromNothing: true }),
    ]);
    expect(all.changes.map(({ id }) => id)).to.include.members(movements.map(({ id }) => id));

    const ids = all.changes.map(({ id }) => id).sort();
    const third = ids[2] ?? '';
    const some = await list(START, third);
    expect(some.changes.map(({ id }) => id)).to.have.members(ids.slice(2));
    expect(some.earlier).to.equal(2);
    expect(await list(third, END)).to.deep.equal({ changes: [], earlier: 3 });
    expect((await list(START, START, 2)).changes).to.have.length(4);
  });
});
