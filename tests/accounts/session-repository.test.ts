import { expect } from 'chai';
import { sequelizePersistence } from '#src/main/persistence/sequelize-persistence.js';
import { aSession, aTokenHash, aUser } from '../support/builders/accounts.js';
import { onEverySqlDatabase, openSqlDatabase } from '../support/databases.js';
import { forEachPersistence, USD } from '../support/persistences.js';
import { sessionRepositoryContract } from './session-repository.contract.js';

forEachPersistence(sessionRepositoryContract);

onEverySqlDatabase('A session', (name) => {
  it('A session that is older than the column for it was authenticated when it began', async () => {
    const database = await openSqlDatabase(name);
    const { sequelize } = database;
    const { transact, outside } = sequelizePersistence(sequelize, USD);
    const user = aUser();
    const session = aSession(user.id);
    await transact(async ({ users, sessions }) => {
      await users.add(user);
      await sessions.add(session, aTokenHash(), session.createdAt);
    });
    const [sessions, authenticatedAt] = ['sessions', 'authenticatedAt'].map((identifier) =>
      sequelize.getQueryInterface().quoteIdentifier(identifier),
    );
    await sequelize.query(`UPDATE ${String(sessions)} SET ${String(authenticatedAt)} = NULL`);
    expect(await outside.sessions.find(session.id)).to.deep.equal(session);
    const holder = await outside.sessions.findHolder(session.id);
    expect(holder?.session.authenticatedAt).to.deep.equal(session.createdAt);
    await database.close();
  });
});
