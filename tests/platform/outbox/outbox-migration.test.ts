import { expect } from 'chai';
import { createRequire } from 'node:module';
import { QueryTypes, Sequelize, type QueryInterface } from 'sequelize';
import { sequelizePersistence } from '#src/main/persistence/sequelize-persistence.js';
import { aHistory, anEvent } from '../../support/builders/outbox.js';
import { newId } from '../../support/builders/ids.js';
import { onEverySqlDatabase, openSqlDatabase, type OpenDatabase } from '../../support/databases.js';
import { USD } from '../../support/persistences.js';
import { describeSchema } from '../database/schema.js';
import type { OutboxEvent } from '#src/platform/outbox/outbox.js';

interface Migration {
  up(queryInterface: QueryInterface, library: typeof Sequelize): Promise<void>;
  down(queryInterface: QueryInterface, library: typeof Sequelize): Promise<void>;
}
const migrationOf = (name: string): Migration =>
  createRequire(import.meta.url)(`../../../migrations/${name}.cjs`) as Migration;
const migration = migrationOf('20261129000600-outbox-deliveries');
/** Changes a table of that one. */
const later = migrationOf('20261201000700-chosen-events');

/** In whole seconds, as rows are inserted here. */
const AT = { occurredAt: new Date('2026-05-01T12:00:00.000Z') };
const DAY = 24 * 3_600_000;

onEverySqlDatabase('The migration to deliveries', (name) => {
  let database: OpenDatabase;
  beforeEach(async () => (database = await openSqlDatabase(name)));
  afterEach(() => database.close());

  const up = async () => {
    for (const each of [migration, later]) await each.up(database.sequelize.getQueryInterface(), Sequelize);
  };
  const down = async () => {
    for (const each of [later, migration]) await each.down(database.sequelize.getQueryInterface(), Sequelize);
  };
  const rowsOf = (table: string) => {
    const quoted = database.sequelize.getQueryInterface().quoteIdentifier(table);
    return database.sequelize.query<Record<string, unknown>>(`SELECT * FROM ${quoted} ORDER BY id`, {
      type: QueryTypes.SELECT,
    });
  };
  const store = async ({ data, ...event }: OutboxEvent, state: string, dueAt: number): Promise<void> => {
    await database.sequelize.getQueryInterface().bulkInsert('outbox_events', [
      {
        ...{ ...event, aggregate: 'order', data: JSON.stringify(data), state, dueAt },
        ...{ tries: 3, claimId: state === 'pending' ? newId() : null },
      },
    ]);
  };

  it('The migration to deliveries keeps each event, and dispatches those once more that were pending or dead-lettered', async () => {
    const persistence = sequelizePersistence(database.sequelize, USD);
    await down();
    const [delivered, parked, behind] = aHistory(3, AT) as [OutboxEvent, OutboxEvent, OutboxEvent];
    const [leased, fresh] = [anEvent(AT), anEvent(AT)];
    const now = Date.now();
    await store(delivered, 'delivered', now + 7 * DAY);
    await store(parked, 'parked', now - DAY);
    await store(behind, 'pending', now - DAY);
    await store(leased, 'pending', now + DAY);
    await store(fresh, 'pending', now);
    await up();

    const kept = (await rowsOf('outbox_events')).map(({ id, dispatchedAt }) => [
      id,
      dispatchedAt === null ? null : Number(dispatchedAt),
    ]);
    expect(kept).to.deep.equal([
      [delivered.id, now],
      ...[parked, behind, leased, fresh].map(({ id }) => [id, null]),
    ]);
    const dispatched = await persistence.transact(async ({ outbox }) => {
      await outbox.subscribe({ subscriber: 'one', types: ['order.placed'] });
      return outbox.dispatch(10);
    });
    expect(dispatched).to.have.deep.members([parked, behind, leased, fresh]);
    const due = await persistence.outside.outbox.due({ subscriber: 'one', types: ['order.placed'] }, 10);
    expect(due).to.have.members([parked.id, leased.id, fresh.id]);
  });

  it('The migration to deliveries can be undone and done again, and leaves the same tables and all events', async () => {
    const persistence = sequelizePersistence(database.sequelize, USD);
    const schema = await describeSchema(database.sequelize);
    const [waiting, done, fresh] = [anEvent(), anEvent({ type: 'stock.depleted', data: {} }), anEvent()];
    await persistence.transact(async ({ outbox }) => {
      await outbox.subscribe({ subscriber: 'one', types: ['order.placed'] });
      await outbox.add([waiting, done]);
      await outbox.dispatch(10);
      await outbox.add([fresh]);
    });
    await down();
    expect((await rowsOf('outbox_events')).map(({ id, state }) => [id, state])).to.deep.equal([
      [waiting.id, 'pending'],
      [done.id, 'delivered'],
      [fresh.id, 'pending'],
    ]);
    await up();
    expect(await describeSchema(database.sequelize)).to.deep.equal(schema);
    expect(await persistence.transact(({ outbox }) => outbox.dispatch(10))).to.have.deep.members([
      waiting,
      fresh,
    ]);
  });
});
