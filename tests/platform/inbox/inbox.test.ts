import { expect } from 'chai';
import type { EventId } from '#src/kernel/events.js';
import { sequelizePersistence } from '#src/main/persistence/sequelize-persistence.js';
import { newId } from '../../support/builders/ids.js';
import { onServer, openSqlDatabase } from '../../support/databases.js';
import { forEachPersistence, USD } from '../../support/persistences.js';
import { inboxContract } from './inbox.contract.js';

forEachPersistence(inboxContract);

onServer('Galera', 'The inbox', () => {
  it('An inbox receives an event once of copies that arrive at two nodes at once', async () => {
    const database = await openSqlDatabase('Galera');
    const nodes = [database.sequelize, database.another({ node: 2 })].map(
      (sequelize) => sequelizePersistence(sequelize, USD).transact,
    );
    for (let round = 0; round < 5; round += 1) {
      const id = newId<EventId>();
      const copies = [...nodes, ...nodes].map((transact) =>
        transact(({ inbox }) => inbox.receive(id, new Date())),
      );
      expect((await Promise.all(copies)).filter(Boolean)).to.have.length(1);
    }
    await database.close();
  });
});
