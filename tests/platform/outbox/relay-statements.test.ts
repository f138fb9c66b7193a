import { expect } from 'chai';
import { pino } from 'pino';
import { sequelizePersistence } from '#src/main/persistence/sequelize-persistence.js';
import { outboxRelay, type Relay } from '#src/platform/outbox/relay.js';
import type { OutboxEvent, OutboxReader } from '#src/platform/outbox/outbox.js';
import { newId } from '../../support/builders/ids.js';
import { anEvent, aSubscriber } from '../../support/builders/outbox.js';
import { onServer, openSqlDatabase, type OpenDatabase } from '../../support/databases.js';
import { eventually } from '../../support/eventually.js';
import { recordedStatements } from '../../support/statements.js';
import { USD } from '../../support/persistences.js';

onServer('MariaDB', 'The statements of a relay', () => {
  const statements = recordedStatements();
  let database: OpenDatabase;
  let relay: Relay;
  let seen: number;
  before(async () => {
    database = await openSqlDatabase('MariaDB');
  });
  after(() => database.close());
  afterEach(() => relay.stop());

  /** How many statements a relay sends for an event before it is stopped. */
  const sentFor = async (
    event: OutboxEvent,
    { looksAfter }: { readonly looksAfter: number },
  ): Promise<number> => {
    const { outside, transact } = sequelizePersistence(database.sequelize, USD);
    const logged: string[] = [];
    const looks: string[] = [];
    const hasUndispatched: OutboxReader['hasUndispatched'] = async () => {
      const found = await outside.outbox.hasUndispatched();
      looks.push('events');
      return found;
    };
    const due: OutboxReader['due'] = async (...given) => {
      const found = await outside.outbox.due(...given);
      looks.push('deliveries');
      return found;
    };
    seen = 0;
    const subscriber = aSubscriber(
      () => {
        seen += 1;
        return Promise.resolve();
      },
      { types: ['order.placed'] },
    );
    relay = outboxRelay(
      {
        ...{
          outbox: { ...outside.outbox, hasUndispatched, due },
          transact,
          subscribers: [subscriber],
          newClaimId: newId<never>,
        },
        logger: pino({}, { write: (line) => logged.push((JSON.parse(line) as { msg: string }).msg) }),
      },
      { pollMs: 3_600_000, deliverWithinMs: 60_000 },
    );
    relay.start();
    await eventually(() => looks.length === 2, 'the relay to have looked for events and deliveries');
    statements.from(database.sequelize);
    await transact(({ outbox }) => outbox.add([event]));
    const sent = await statements.during(async () => {
      relay.wake();
      await eventually(
        () => logged.includes('event') && looks.length === 2 + looksAfter,
        'the event, and the look for what follows it',
      );
      await relay.stop();
    });
    return sent.length;
  };

  it('The statements of a relay are four for an event without a subscriber', async () => {
    expect(await sentFor(anEvent({ type: 'order.shipped' }), { looksAfter: 0 })).to.equal(4);
    expect(seen).to.equal(0);
  });

  it('The statements of a relay are nine for an event with a subscriber', async () => {
    expect(await sentFor(anEvent({ type: 'order.placed' }), { looksAfter: 1 })).to.equal(9);
    expect(seen).to.equal(1);
  });
});
