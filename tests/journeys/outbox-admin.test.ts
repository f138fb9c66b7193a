import { expect } from 'chai';
import { sequelizeEntryRepository } from '#src/contexts/audit/adapters/sequelize/sequelize-entry-repository.js';
import { sequelizeOutboxRepository } from '#src/platform/outbox/sequelize-outbox-repository.js';
import type { OutboxEvent } from '#src/platform/outbox/outbox.js';
import { aHistory } from '../support/builders/outbox.js';
import { newId } from '../support/builders/ids.js';
import { openSqlDatabase, type OpenDatabase } from '../support/databases.js';
import { runProgram, type Ended } from '../support/server-process.js';

describe('The command line for parked events', () => {
  let database: OpenDatabase;
  before(async () => (database = await openSqlDatabase('SQLite')));
  after(() => database.close());

  const admin = async (...args: string[]): Promise<Ended> =>
    (await runProgram('admin', { cwd: '/', args, environment: { DATABASE_URL: database.url } })).ended;

  it('lists them and has one of them delivered again', async () => {
    expect(await admin('outbox', 'list')).to.include({ code: 0, stdout: 'no event is parked\n' });

    const [parked, behind] = aHistory(2) as [OutboxEvent, OutboxEvent];
    const outside = sequelizeOutboxRepository(database.outside);
    await database.transact(async (scope) => {
      const outbox = sequelizeOutboxRepository(scope);
      await outbox.add([parked, behind]);
      const lease = { claimId: newId<never>(), leaseMs: 60_000 };
      for (const event of await outbox.claim([parked.id], lease))
        await outbox.settle([{ event, outcome: { is: 'parked' } }]);
    });
    expect(await outside.due(10)).to.deep.equal([]);

    const { stdout } = await admin('outbox', 'list');
    expect(stdout.split('\n')).to.deep.equal([
      `${parked.id}  2026-05-01T12:00:00.123Z  order.placed  ${parked.aggregateId}  version 1  1 tries`,
      '',
    ]);
    expect(await admin('outbox', 'requeue', behind.id)).to.deep.include({
      code: 1,
      stderr: `there is no parked event ${behind.id}\n`,
    });
    expect(await outside.due(10)).to.deep.equal([]);
    expect(await admin('outbox', 'requeue', parked.id)).to.include({ code: 0 });
    expect(await outside.due(10)).to.deep.equal([parked.id]);
    expect((await admin('outbox', 'list')).stdout).to.equal('no event is parked\n');
    const log = sequelizeEntryRepository(database.outside);
    const { items } = await log.list({ subject: parked.id }, { limit: 10, after: null });
    expect(items.map(({ action, actorId }) => [action, actorId])).to.deep.equal([['event.requeued', null]]);
    expect((await log.list({ subject: behind.id }, { limit: 10, after: null })).items).to.deep.equal([]);
  });

  it('says how it is used when it is used otherwise', async () => {
    for (const args of [['outbox'], ['outbox', 'requeue'], ['outbox', 'list', 'all']]) {
      const { code, stderr } = await admin(...args);
      expect(
        [code, stderr.startsWith('outbox takes other arguments\n\nusage:')],
        args.join(' '),
      ).to.deep.equal([1, true]);
    }
  });
});
