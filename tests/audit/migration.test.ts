import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect } from 'chai';
import { Sequelize, type QueryInterface } from 'sequelize';
import { sequelizeUserRepository } from '#src/contexts/accounts/adapters/sequelize/sequelize-user-repository.js';
import { auditTables } from '#src/contexts/audit/adapters/sequelize/audit-tables.js';
import { findRows } from '#src/platform/database/rows.js';
import { aUser } from '../support/builders/accounts.js';
import { onEverySqlDatabase, openSqlDatabase } from '../support/databases.js';

const file = join(import.meta.dirname, '../../migrations/20260301000300-audit.cjs');
const migration = createRequire(import.meta.url)(file) as {
  up(queryInterface: QueryInterface, library: typeof Sequelize): Promise<void>;
};

onEverySqlDatabase('The migration to the audit log', (name) => {
  it('The migration to the audit log creates a salt for each existing user, once, however often it runs', async () => {
    const database = await openSqlDatabase(name);
    try {
      const users = Array.from({ length: 501 }, () => aUser());
      await database.transact(async (scope) => {
        for (const user of users) await sequelizeUserRepository(scope).add(user);
      });
      const run = async () => {
        await migration.up(database.sequelize.getQueryInterface(), Sequelize);
        const salts = await findRows(auditTables(database.sequelize).salts, {}, database.outside);
        return new Map(salts.map(({ personId, salt }) => [personId, salt]));
      };
      const given = await run();
      expect([...given.keys()]).to.have.members(users.map(({ id }) => id));
      expect(new Set(given.values()).size).to.equal(501);
      expect(await run()).to.deep.equal(given);
    } finally {
      await database.close();
    }
  });
});
