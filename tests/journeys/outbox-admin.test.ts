import { expect } from 'chai';
import { sequelizeEntryRepository } from '#src/contexts/audit/adapters/sequelize/sequelize-entry-repository.js';
import { EVENT_TYPES } from '#src/main/events.js';
import { sequelizeOutboxRepository } from '#src/platform/outbox/sequelize-outbox-repository.js';
import type { OutboxEvent, OutboxRepository } from '#src/platform/outbox/outbox.js';
import { aHistory, anEvent } from '../support/builders/outbox.js';
import { newId } from '../support/builders/ids.js';
import { openSqlDatabase, type OpenDatabase } from '../support/databases.js';
import { runProgram, type Ended } from '../support/server-process.js';

describe('The command line for dead-lettered events', () => {
  let database: OpenDatabase;
  beforeEach(async () => (database = await openSqlDatabase('SQLite')));
  afterEach(() => database.close());

  const admin = async (...args: string[]): Promise<Ended> =>
    (await runProgram('admin', { cwd: '/', args, environment: { DATABASE_URL: database.url } })).ended;
  const outside = () => sequelizeOutboxRepository(database.outside);
  const within = <T>(work: (outbox: OutboxRepository) => Promise<T>): Promise<T> =>
    database.transact((scope) => work(sequelizeOutboxRepository(scope)));
  const due = (subscriber: string) => outside().due({ subscriber, types: EVENT_TYPES }, 10);
  const requeuedOf = async (subject: OutboxEvent['id']) =>
    (
      await sequelizeEntryRepository(database.outside).list({ subject }, { limit: 10, after: null })
    ).items.map(({ action, actorId }) => [action, actorId]);

  /** Stores events for two subscribers, of whose deliveries those to `one` and `two` of `dead` are dead-lettered. */
  const store = (events: readonly OutboxEvent[], dead: readonly OutboxEvent[]): Promise<void> =>
    within(async (outbox) => {
      for (const subscriber of ['one', 'two']) await outbox.subscribe({ subscriber, types: EVENT_TYPES });
      await outbox.add(events);
      await outbox.dispatch(10);
      const ids = dead.map(({ id }) => id);
      for (const subscriber of ['one', 'two'])
        for (const delivery of await outbox.claim(subscriber, ids, { claimId: newId(), leaseMs: 60_000 }))
          await outbox.settle([{ delivery, outcome: { is: 'dead_lettered' } }]);
    });
  const lineOf = ({ id, aggregateId, version }: OutboxEvent, subscriber: string): string =>
    `${id}  2026-05-01T12:00:00.123Z  order.placed  ${aggregateId}  version ${version}  ${subscriber}  1 attempts`;

  it('The command line for dead-lettered events lists them and has one of them delivered again', async () => {
    expect(await admin('outbox', 'list')).to.include({ code: 0, stdout: 'no event is dead-lettered\n' });
    const [dead, behind] = aHistory(2) as [OutboxEvent, OutboxEvent];
    await store([dead, behind], [dead]);
    expect(await due('one')).to.deep.equal([]);

    const { stdout } = await admin('outbox', 'list');
    expect(stdout.split('\n')).to.deep.equal([lineOf(dead, 'one'), lineOf(dead, 'two'), '']);
    const ofTwo = await admin('outbox', 'list', '--subscriber', 'two');
    expect(ofTwo.stdout).to.equal(`${lineOf(dead, 'two')}\n`);
    expect(await admin('outbox', 'requeue', behind.id)).to.deep.include({
      code: 1,
      stderr: `no event ${behind.id} is dead-lettered\n`,
    });

    const requeued = await admin('outbox', 'requeue', dead.id, '--subscriber', 'two');
    expect(requeued).to.include({ code: 0, stdout: '1 delivery is requeued\n' });
    expect([await due('one'), await due('two')]).to.deep.equal([[], [dead.id]]);
    expect(await admin('outbox', 'requeue', dead.id)).to.include({ code: 0 });
    expect(await due('one')).to.deep.equal([dead.id]);
    expect((await admin('outbox', 'list')).stdout).to.equal('no event is dead-lettered\n');
    expect(await requeuedOf(dead.id)).to.deep.equal([
      ['event.requeued', null],
      ['event.requeued', null],
    ]);
    expect(await requeuedOf(behind.id)).to.deep.equal([]);
  });

  it('The command line for dead-lettered events has all of them delivered again, or all of one subscriber', async () => {
    const events = [anEvent(), anEvent()];
    await store(events, events);
    const ofOne = await admin('outbox', 'requeue', '--all', '--subscriber', 'one');
    expect(ofOne).to.include({ code: 0, stdout: '2 deliveries are requeued\n' });
    expect([(await due('one')).length, (await due('two')).length]).to.deep.equal([2, 0]);
    expect((await admin('outbox', 'requeue', '--all')).stdout).to.equal('2 deliveries are requeued\n');
    expect((await due('two')).length).to.equal(2);
    for (const { id } of events) expect(await requeuedOf(id)).to.have.length(2);
    expect(await admin('outbox', 'requeue', '--all')).to.deep.include({
      code: 1,
      stderr: 'no event is dead-lettered\n',
    });
  });

  it('The command line for dead-lettered events lists the subscribers with what waits for them, and removes one', async () => {
    expect((await admin('outbox', 'subscribers')).stdout).to.include('there is no subscriber yet');
    const event = anEvent();
    await store([event], [event]);
    const listed = () => admin('outbox', 'subscribers');
    const types = EVENT_TYPES.toSorted().join(' ');
    expect((await listed()).stdout).to.equal(`one  1 waiting  ${types}\ntwo  1 waiting  ${types}\n`);
    expect(await admin('outbox', 'unsubscribe', 'two')).to.include({ code: 0 });
    expect((await listed()).stdout).to.equal(`one  1 waiting  ${types}\n`);
    const { items } = await sequelizeEntryRepository(database.outside).list(
      { action: 'subscriber.removed' },
      { limit: 10, after: null },
    );
    expect(items).to.have.length(1);
  });

  it('The command line for dead-lettered events says in one line what is wrong', async () => {
    const event = anEvent();
    await store([event], []);
    const wrong: readonly (readonly [readonly string[], string])[] = [
      [['requeue'], 'outbox requeue takes either the ID of an event, as "outbox list" shows it, or --all'],
      [
        ['requeue', event.id, '--all'],
        'outbox requeue takes either the ID of an event, as "outbox list" shows it, or --all',
      ],
      [['requeue', 'x'], 'ID must be the id of an event, as "outbox list" shows it, not x'],
      [['requeue', event.id], `no event ${event.id} is dead-lettered`],
      [['requeue', '--all', '--subscriber', 'two'], 'no event is dead-lettered for two'],
      [['list', '--subscriber', 'three'], 'there is no subscriber three: there are one, two'],
      [['unsubscribe', 'three'], 'there is no subscriber three: there are one, two'],
      [['list', '--all'], '--all is an option of outbox requeue only'],
      [
        ['subscribers', '--subscriber', 'one'],
        '--subscriber is an option of outbox list and outbox requeue only',
      ],
    ];
    for (const [args, line] of wrong)
      expect(await admin('outbox', ...args), args.join(' ')).to.deep.include({
        code: 1,
        stderr: `${line}\n`,
      });
  });

  it('The command line for dead-lettered events keeps the subscribers that are a part of the shop', async () => {
    const name = 'accounts.mail';
    await database.transact((scope) =>
      sequelizeOutboxRepository(scope).subscribe({ subscriber: name, types: ['password_reset.requested'] }),
    );
    expect(await admin('outbox', 'unsubscribe', name)).to.deep.include({
      code: 1,
      stderr: `${name} is part of the shop and cannot be unsubscribed
`,
    });
    expect((await admin('outbox', 'subscribers')).stdout).to.contain(name);
  });

  it('The command line for dead-lettered events says how it is used when it is used otherwise', async () => {
    for (const args of [['outbox'], ['outbox', 'unsubscribe'], ['outbox', 'list', 'all']]) {
      const { code, stderr } = await admin(...args);
      expect([code, stderr.startsWith('wrong arguments for outbox\n\nusage:')], args.join(' ')).to.deep.equal(
        [1, true],
      );
    }
  });
});
